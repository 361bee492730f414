using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class TranscriptFilterTests
{
    private readonly TranscriptFilter _filter = new("/tmp/x");

    [TestCase("""{"timestamp": {"seconds": 1, "microseconds": 23}}""", """{"timestamp": {"seconds": "SECS", "microseconds": "USECS"}}""")]
    [TestCase("""{"file": "/tmp/x/a"}""", """{"file": "TEST_DIR/a"}""")]
    [TestCase("""{"rd_total_time_ns": 55, "rd_operations": 5}""", """{"rd_total_time_ns": "NS", "rd_operations": 5}""")]
    [TestCase("""{"actual-size": 4096, "virtual-size": 4096}""", """{"actual-size": "SIZE", "virtual-size": 4096}""")]
    public void Messages_lose_what_cannot_be_equal_and_nothing_else(string text, string expected)
    {
        Assert.That(_filter.Message(text), Is.EqualTo(expected));
    }

    [TestCase("64 KiB, 1 ops; 00.00 sec (55.732 MiB/sec and 891.7075 ops/sec)", "64 KiB, X ops; XX:XX:XX.X (XXX YYY/sec and XXX ops/sec)")]
    [TestCase("512 bytes, 1 ops; 00:01:02.03 (1.5 KiB/sec and 3.0000 ops/sec)", "512 bytes, X ops; XX:XX:XX.X (XXX YYY/sec and XXX ops/sec)")]
    [TestCase("512,1,0:00:00.00,4870392.390,9512.485", "512,1,XX:XX:XX.X,XXX,XXX")]
    [TestCase("qemu-system-x86_64: -blockdev x: error", "PROG: -blockdev x: error")]
    [TestCase("/opt/bin/qmphost: error", "PROG: error")]
    [TestCase("PROG: terminating on signal 15 from pid 766 (dotnet)", "PROG: terminating on signal 15")]
    [TestCase("disk size: 196 KiB", "disk size: SIZE")]
    public void Output_of_programs_likewise(string text, string expected)
    {
        Assert.That(_filter.Output(text), Is.EqualTo(expected));
    }

    [Test]
    public void Generated_node_names_are_numbered_as_they_appear()
    {
        Assert.That(_filter.Message("#block123 #block045 #block123"), Is.EqualTo("#block-1 #block-2 #block-1"));
    }
}
