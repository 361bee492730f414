using NUnit.Framework;
using QmpHost.Machine.Clocks;

namespace QmpHost.Machine.Tests.Clocks;

public sealed class QtestSessionTests
{
    [TestCase("clock_step 100", "OK 100")]
    [TestCase("clock_step 0x10", "OK 16")]
    [TestCase("clock_set 1000", "OK 1000")]
    [TestCase("clock_step", "OK 0")]
    [TestCase("  clock_step   7 ", "OK 7")]
    [TestCase("clock_step -5", "FAIL '-5' is not a number of nanoseconds")]
    [TestCase("clock_step 99999999999999999999", "FAIL '99999999999999999999' is not a number of nanoseconds")]
    [TestCase("clock_set", "FAIL clock_set needs a time in nanoseconds")]
    [TestCase("endianness", "OK little")]
    [TestCase("nosuch", "FAIL Unknown command 'nosuch'")]
    [TestCase("", null)]
    public async Task A_line_is_answered(string line, string? answer)
        => Assert.That(await new QtestSession(new VirtualClock(DateTimeOffset.UnixEpoch)).HandleLineAsync(line), Is.EqualTo(answer));

    // Recorded from QEMU 7.2 with -accel tcg.
    [TestCase("clock_step", "FAIL Unknown command 'clock_step'")]
    [TestCase("clock_set 1000", "FAIL Unknown command 'clock_set'")]
    public async Task Without_the_qtest_accelerator_there_are_no_clock_commands(string line, string answer)
        => Assert.That(await new QtestSession(null).HandleLineAsync(line), Is.EqualTo(answer));

    [Test]
    public async Task The_clock_is_set_forward_only()
    {
        var session = new QtestSession(new VirtualClock(DateTimeOffset.UnixEpoch));
        await session.HandleLineAsync("clock_set 50");
        Assert.That(await session.HandleLineAsync("clock_set 10"), Is.EqualTo("OK 50"));
    }
}
