using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace QmpHost.Net;

/// <summary>
/// Unix sockets made with the system's calls: the portable ones keep the system's error numbers to themselves, which messages need,
/// and refuse addresses that QEMU takes. Addresses are those of <see cref="UnixAddress"/>.
/// </summary>
internal static unsafe partial class UnixSockets
{
    private const int AddressFamilyUnix = 1;
    private const int StreamCloseOnExec = 1 | 0x80000;

    private delegate bool FailingStep(int handle, byte* address, uint length);

    /// <summary>Makes a listening socket.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="backlog">Clients that may wait to be accepted.</param>
    /// <returns>The socket, or an error number.</returns>
    public static (Socket? Socket, int Error) Listen(byte[] address, int backlog)
        => Open(address, (handle, start, length) => Bind(handle, start, length) != 0 || Listen(handle, backlog) != 0);

    /// <summary>Makes a connected socket; waits while the server has too many clients waiting.</summary>
    /// <param name="address">Where it connects to.</param>
    /// <returns>The socket, or an error number.</returns>
    public static (Socket? Socket, int Error) Connect(byte[] address)
        => Open(address, static (handle, start, length) => Connect(handle, start, length) != 0);

    /// <summary>Removes a socket, or whatever else is there, from the file system.</summary>
    /// <param name="path">The path, see <see cref="UnixAddress.ToPath"/>.</param>
    /// <returns>0, or an error number.</returns>
    public static int Remove(byte[] path)
    {
        fixed (byte* start = (byte[])[.. path, 0])
        {
            return Unlink(start) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static (Socket? Socket, int Error) Open(byte[] address, FailingStep step)
    {
        int handle = Create(AddressFamilyUnix, StreamCloseOnExec, 0);
        if (handle < 0)
        {
            return (null, Marshal.GetLastPInvokeError());
        }

        // The socket owns the handle from here on; it is told of the handle's state only afterwards.
        fixed (byte* start = address)
        {
            if (step(handle, start, (uint)address.Length))
            {
                int error = Marshal.GetLastPInvokeError();
                _ = Close(handle);
                return (null, error);
            }
        }

        return (new Socket(new SafeSocketHandle(handle, ownsHandle: true)), 0);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int handle, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int Listen(int handle, int backlog);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int handle, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static partial int Unlink(byte* path);
}
