using System.Net.Sockets;
using System.Runtime.InteropServices;
using QmpHost.Block.Core;
using QmpHost.Qapi.Json;

namespace QmpHost.Nbd.Transport;

/// <summary>
/// Unix sockets made with the system's calls: the portable ones keep the system's error numbers to themselves, which messages need.
/// </summary>
internal static unsafe partial class UnixSockets
{
    private const int AddressFamilyUnix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;

    /// <summary>Makes a listening socket.</summary>
    /// <param name="endPoint">Where it listens.</param>
    /// <param name="backlog">Clients that may wait to be accepted.</param>
    /// <returns>The socket, or an error number.</returns>
    public static (Socket? Socket, Errno Error) Listen(UnixPathEndPoint endPoint, int backlog)
        => Open(endPoint, (handle, address, length) => Bind(handle, address, length) != 0 || Listen(handle, backlog) != 0);

    /// <summary>Makes a connected socket; waits while the server has too many clients waiting.</summary>
    /// <param name="endPoint">Where it connects to.</param>
    /// <returns>The socket, or an error number.</returns>
    public static (Socket? Socket, Errno Error) Connect(UnixPathEndPoint endPoint)
        => Open(endPoint, static (handle, address, length) => Connect(handle, address, length) != 0);

    /// <summary>Removes a socket's name from the file system.</summary>
    /// <param name="path">The name.</param>
    /// <returns>An error number, or none.</returns>
    public static Errno Remove(string path) => Unlink(ModifiedUtf8.GetTerminatedBytes(path)) == 0 ? Errno.None : LastError();

    private delegate bool FailingStep(int handle, byte* address, uint length);

    private static (Socket? Socket, Errno Error) Open(UnixPathEndPoint endPoint, FailingStep step)
    {
        int handle = Create(AddressFamilyUnix, StreamCloseOnExec, 0);
        if (handle < 0)
        {
            return (null, LastError());
        }

        // The socket owns the handle from here on; it is told of the handle's state only afterwards.
        ReadOnlySpan<byte> address = endPoint.Serialize().Buffer.Span[..endPoint.Serialize().Size];
        fixed (byte* start = address)
        {
            if (step(handle, start, (uint)address.Length))
            {
                Errno error = LastError();
                _ = Close(handle);
                return (null, error);
            }
        }

        return (new Socket(new SafeSocketHandle(handle, ownsHandle: true)), Errno.None);
    }

    private static Errno LastError() => (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int handle, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int Listen(int handle, int backlog);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int handle, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static partial int Unlink(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
