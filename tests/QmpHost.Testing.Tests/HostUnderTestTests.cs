using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Qapi.Schema;

namespace QmpHost.Testing.Tests;

/// <summary>What a host for one test tells when something fails.</summary>
[TestFixture]
internal sealed class HostUnderTestTests
{
    [Test]
    public async Task A_failure_tells_what_the_host_was_at()
    {
        await using HostUnderTest test = await HostUnderTest.StartAsync();
        HostTestException? failure = Assert.ThrowsAsync<HostTestException>(() => test.RunAsync(async () =>
        {
            await test.Disks.AddAsync("disk", 1024 * 1024);
            await test.Disks.AddAsync("target", 1024 * 1024);
            await test.Client.BlockCore.BlockDirtyBitmapAddAsync("disk", "changes", granularity: 65536);
            await (await test.Disks.AttachGuestAsync("disk")).FillAsync(0, 4096, 1);
            await test.Client.BlockCore.BlockdevBackupAsync(new BlockdevBackup { JobId = "job", Device = "disk", Target = "target", Sync = MirrorSyncMode.Full, Speed = 1 });
            await test.Host.Clock.AdvanceAsync(TimeSpan.FromSeconds(3));
            throw new InvalidOperationException("wrong");
        }));

        Assert.That(failure!.Message, Does.StartWith("wrong\n")
            .And.Contain("\"execute\": \"blockdev-backup\"")
            .And.Contain("job (backup) running")
            .And.Contain("disk -file-> disk-file")
            .And.Contain("disk/changes 65536 dirty: 0+65536")
            .And.Contain("00:00:03 since the start, guest running"));
        Assert.That(failure.InnerException, Is.TypeOf<InvalidOperationException>());
    }

    [Test]
    public async Task What_is_left_behind_is_found()
    {
        await using HostUnderTest test = await HostUnderTest.StartAsync();
        await test.VerifyNothingLeftAsync();
        await test.Client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { NodeName = "mine" });
        await test.VerifyNothingLeftAsync("mine");

        Assert.That(() => test.VerifyNothingLeftAsync(), Throws.TypeOf<HostTestException>().With.Message.StartsWith("Left behind: node 'mine'"));
    }
}
