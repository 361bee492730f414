using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace QmpHost.Client;

/// <summary>Sends bytes over a unix socket together with descriptors, which .NET does not.</summary>
internal static partial class DescriptorSender
{
    private const int ControlHeader = 16;
    private const int SocketLevel = 1;
    private const int RightsType = 1;
    private const int NoSignal = 0x4000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    /// <summary>Sends the first bytes of a message, and the descriptors with them.</summary>
    /// <param name="socket">A connected unix socket.</param>
    /// <param name="data">The message.</param>
    /// <param name="descriptors">At least one.</param>
    /// <returns>How many bytes were sent, at least one.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> data, IReadOnlyList<SafeHandle> descriptors)
    {
        while (true)
        {
            nint sent = TrySend(socket, data, descriptors);
            int error = sent < 0 ? Marshal.GetLastPInvokeError() : 0;
            switch (error)
            {
                case 0:
                    return (int)sent;
                case Interrupted:
                    break;
                case TryAgain:
                    socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectWrite);
                    break;
                default:
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    private static unsafe nint TrySend(Socket socket, ReadOnlySpan<byte> data, IReadOnlyList<SafeHandle> descriptors)
    {
        int length = ControlHeader + (descriptors.Count * sizeof(int));
        byte* control = stackalloc byte[(length + 7) & ~7];
        *(nuint*)control = (nuint)length;
        *(int*)(control + 8) = SocketLevel;
        *(int*)(control + 12) = RightsType;
        for (int i = 0; i < descriptors.Count; i++)
        {
            *(int*)(control + ControlHeader + (i * sizeof(int))) = (int)descriptors[i].DangerousGetHandle();
        }

        fixed (byte* start = data)
        {
            nuint* vector = stackalloc nuint[] { (nuint)start, (nuint)data.Length };
            nuint* message = stackalloc nuint[] { 0, 0, (nuint)vector, 1, (nuint)control, (nuint)length, 0 };
            nint result = SendMessage(socket.SafeHandle, message, NoSignal);
            GC.KeepAlive(descriptors);
            return result;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(SafeSocketHandle socket, nuint* message, int flags);
}
