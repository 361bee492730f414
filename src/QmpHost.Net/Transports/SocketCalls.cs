using System.Runtime.InteropServices;

namespace QmpHost.Net.Transports;

/// <summary>Receiving and sending without waiting.</summary>
internal static unsafe partial class SocketCalls
{
    /// <summary>The result of a call that would have had to wait.</summary>
    public const int WouldBlock = -SystemErrors.TryAgain;

    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Receives what is there.</summary>
    /// <param name="handle">The socket's file descriptor.</param>
    /// <param name="buffer">Where to.</param>
    /// <returns>The number of bytes, 0 at the end of the stream, or a negative error number.</returns>
    public static int Receive(int handle, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = Receive(handle, start, (nuint)buffer.Length, DontWait);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == SystemErrors.Interrupted);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends what there is room for.</summary>
    /// <param name="handle">The socket's file descriptor.</param>
    /// <param name="buffer">What to send.</param>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int Send(int handle, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = Send(handle, start, (nuint)buffer.Length, DontWait | NoSignal);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == SystemErrors.Interrupted);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int handle, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int handle, byte* buffer, nuint length, int flags);
}
