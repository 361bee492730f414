using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Net;

/// <summary>Receives bytes from a unix socket together with the descriptors that were sent with them, which .NET does not.</summary>
internal static partial class DescriptorReceiver
{
    private const int MostDescriptors = 16;
    private const int ControlHeader = 16;
    private const int SocketLevel = 1;
    private const int RightsType = 1;
    private const int DoNotWait = 0x40;
    private const int CloseOnExec = 0x40000000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    /// <summary>Receives once.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="count">How many there were; 0 at the end.</param>
    /// <param name="descriptors">The descriptors, which the caller owns.</param>
    /// <returns>False where nothing was there.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static unsafe bool TryReceive(Socket socket, Span<byte> buffer, out int count, out List<SafeFileHandle> descriptors)
    {
        byte* control = stackalloc byte[ControlHeader + (MostDescriptors * sizeof(int))];
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)buffer.Length };
            var message = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlHeader + (MostDescriptors * sizeof(int)),
            };
            nint result = Receive(socket.SafeHandle, &message);
            descriptors = result < 0 ? [] : ReadDescriptors(control, (int)message.ControlLength);
            count = (int)result;
            return result >= 0;
        }
    }

    private static unsafe nint Receive(SafeSocketHandle socket, MessageHeader* message)
    {
        while (true)
        {
            nint result = ReceiveMessage(socket, message, DoNotWait | CloseOnExec);
            int error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (result >= 0 || error == TryAgain)
            {
                return result;
            }

            if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    private static unsafe List<SafeFileHandle> ReadDescriptors(byte* control, int length)
    {
        var found = new List<SafeFileHandle>();
        int at = 0;
        while (at + ControlHeader <= length)
        {
            int size = (int)*(nuint*)(control + at);
            if (size < ControlHeader)
            {
                break;
            }

            if (*(int*)(control + at + 8) == SocketLevel && *(int*)(control + at + 12) == RightsType)
            {
                for (int i = at + ControlHeader; i + sizeof(int) <= at + size; i += sizeof(int))
                {
                    found.Add(new SafeFileHandle(*(int*)(control + i), ownsHandle: true));
                }
            }

            // The next header is aligned.
            at += (size + 7) & ~7;
        }

        return found;
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint ReceiveMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
