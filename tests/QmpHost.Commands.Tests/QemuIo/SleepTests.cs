using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace QmpHost.Commands.Tests.QemuIo;

internal sealed class SleepTests
{
    [Test]
    public async Task Sleeping_follows_the_clock_of_the_host()
    {
        var clock = new FakeTimeProvider();
        await using DiskUnderTest disk = await DiskUnderTest.CreateAsync(clock);

        Task<string> sleeping = disk.ExecuteAsync("sleep 1000");
        Assert.That(await disk.ExecuteAsync("length"), Is.EqualTo("4 MiB\n"));
        clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.That(await disk.ExecuteAsync("length"), Is.EqualTo("4 MiB\n"));
        Assert.That(sleeping.IsCompleted, Is.False);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(await sleeping.WaitAsync(TimeSpan.FromMinutes(1)), Is.Empty);
    }
}
