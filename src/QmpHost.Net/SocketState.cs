using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace QmpHost.Net;

/// <summary>Asks the operating system for the state of a socket that .NET does not tell.</summary>
internal static partial class SocketState
{
    private const short HangUp = 0x10;

    /// <summary>Whether both directions are closed: then nobody is at the other end.</summary>
    public static bool IsHungUp(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            var descriptor = new PollDescriptor { Fd = (int)socket.SafeHandle.DangerousGetHandle() };
            return Poll(ref descriptor, 1, 0) == 1 && (descriptor.ReturnedEvents & HangUp) != 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    private struct PollDescriptor
    {
        public int Fd;
        public short Events;
        public short ReturnedEvents;
    }
}
