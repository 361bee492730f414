using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>Descriptors that come along with bytes.</summary>
[TestFixture]
public sealed partial class UnixSocketStreamTests
{
    private static readonly byte[] Text = "hello"u8.ToArray();

    [Test]
    public async Task A_descriptor_comes_with_the_bytes_it_was_sent_with_and_is_taken_once()
    {
        string path = Path.GetTempFileName();
        (Socket near, Socket far) = await ConnectAsync();
        using (near)
        {
            await using var stream = new UnixSocketStream(far);
            await File.WriteAllTextAsync(path, "content");
            using (SafeFileHandle file = File.OpenHandle(path))
            {
                Send(near, Text, [file, file]);
            }

            var buffer = new byte[16];
            int count = await stream.ReadAsync(buffer);
            Assert.That(buffer.AsSpan(0, count).ToArray(), Is.EqualTo(Text));
            using SafeFileHandle? received = stream.TakeDescriptor();
            Assert.That(received, Is.Not.Null);
            Assert.That(RandomAccess.GetLength(received!), Is.EqualTo(7));
            Assert.That(stream.TakeDescriptor(), Is.Null);
        }

        File.Delete(path);
    }

    [Test]
    public async Task The_end_of_the_peer_is_the_end_of_the_stream()
    {
        (Socket near, Socket far) = await ConnectAsync();
        await using var stream = new UnixSocketStream(far);
        near.Dispose();
        Assert.That(await stream.ReadAsync(new byte[16]), Is.Zero);
    }

    private static async Task<(Socket Near, Socket Far)> ConnectAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(new UnixDomainSocketEndPoint(path));
        Socket far = await listener.AcceptAsync();
        File.Delete(path);
        return (near, far);
    }

    private static unsafe void Send(Socket socket, byte[] bytes, SafeFileHandle[] descriptors)
    {
        const int header = 16;
        int length = header + (descriptors.Length * sizeof(int));
        byte* control = stackalloc byte[length];
        *(nuint*)control = (nuint)length;
        *(int*)(control + 8) = 1;
        *(int*)(control + 12) = 1;
        for (int i = 0; i < descriptors.Length; i++)
        {
            *(int*)(control + header + (i * sizeof(int))) = (int)descriptors[i].DangerousGetHandle();
        }

        fixed (byte* start = bytes)
        {
            nuint* vector = stackalloc nuint[] { (nuint)start, (nuint)bytes.Length };
            nuint* message = stackalloc nuint[] { 0, 0, (nuint)vector, 1, (nuint)control, (nuint)length, 0 };
            Assert.That(SendMessage(socket.SafeHandle, message, 0), Is.EqualTo((nint)bytes.Length));
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(SafeSocketHandle socket, nuint* message, int flags);
}
