using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Exports.Tests.Support;

/// <summary>Sends bytes over a unix socket together with descriptors.</summary>
internal static unsafe partial class DescriptorSender
{
    public static void Send(Socket socket, byte[] bytes, SafeFileHandle[] descriptors)
    {
        byte* control = stackalloc byte[16 + ((descriptors.Length + 1) * sizeof(int))];
        *(nuint*)control = (nuint)(16 + (descriptors.Length * sizeof(int)));
        *(int*)(control + 8) = 1;
        *(int*)(control + 12) = 1;
        for (int i = 0; i < descriptors.Length; i++)
        {
            ((int*)(control + 16))[i] = (int)descriptors[i].DangerousGetHandle();
        }

        fixed (byte* start = bytes)
        {
            var vector = new Vector { Start = start, Length = (nuint)bytes.Length };
            var message = new Message { Vectors = &vector, Count = 1 };
            if (descriptors.Length > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)((16 + (descriptors.Length * sizeof(int)) + 7) & ~7);
            }

            // A back end that has gone is what some tests wait for.
            _ = SendMessage((int)socket.Handle, &message, 0x4000);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg")]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint Count;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
