using System.Net.Sockets;
using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>The qtest protocol on a socket: only under the accelerator of that name does it decide about time.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class QtestTests
{
    // The refusals are QEMU 7.2's with the first two options; it has no such accelerator on every distribution.
    [TestCase("-accel", "tcg", "FAIL Unknown command 'clock_step'")]
    [TestCase("-machine", "none,accel=tcg", "FAIL Unknown command 'clock_step'")]
    [TestCase("-name", "without", "FAIL Unknown command 'clock_step'")]
    [TestCase("-accel", "qtest", "OK 1000")]
    [TestCase("-machine", "none,accel=kvm:qtest:tcg", "OK 1000")]
    [TestCase("-machine", "none,accel=qtest", "OK 1000")]
    public async Task The_accelerator_decides_whether_the_clock_can_be_moved(string option, string value, string answer)
    {
        using var folder = new TestFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder["qtest"]));
        listener.Listen();
        await using var process = ProgramProcess.Start(
            "system", "-nodefaults", "-display", "none", "-qtest", $"unix:{folder["qtest"]}", option, value);
        using Socket socket = await listener.AcceptAsync().WaitAsync(ProgramProcess.Patience);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);

        await stream.WriteAsync("clock_step 1000\n"u8.ToArray());
        Assert.That(await reader.ReadLineAsync().WaitAsync(ProgramProcess.Patience), Is.EqualTo(answer));
    }
}
