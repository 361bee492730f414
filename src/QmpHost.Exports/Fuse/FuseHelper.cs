using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net;

namespace QmpHost.Exports.Fuse;

/// <summary>The system's program that mounts file systems for users who may not: it sends the opened device back over a socket.</summary>
internal static unsafe partial class FuseHelper
{
    private const string Program = "fusermount3";
    private const int Unix = 1;
    private const int Stream = 1;

    /// <summary>Mounts.</summary>
    /// <param name="path">Where.</param>
    /// <param name="options">The options of the mount.</param>
    /// <param name="report">Told of what fails.</param>
    /// <returns>The device, or null.</returns>
    public static FuseDevice? TryMount(string path, string options, Action<string> report)
    {
        int* pair = stackalloc int[2];
        if (MakePair(Unix, Stream, 0, pair) != 0)
        {
            report($"fuse: socketpair() failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            return null;
        }

        // The program inherits its end; it is told which one it is.
        using var own = new Socket(new SafeSocketHandle(pair[0], ownsHandle: true));
        var other = new Socket(new SafeSocketHandle(pair[1], ownsHandle: true));
        try
        {
            bool isMounted = Run(["-o", options, "--", path], pair[1], report);
            other.Dispose();
            return isMounted ? Receive(own) : null;
        }
        finally
        {
            other.Dispose();
        }
    }

    /// <summary>Takes a file system away.</summary>
    /// <param name="path">Where it is mounted.</param>
    public static void Unmount(string path) => Run(["-u", "-q", "-z", "--", path], channel: null, static _ => { });

    private static FuseDevice? Receive(Socket own)
    {
        byte[] one = new byte[1];
        if (!DescriptorReceiver.TryReceive(own, one, out _, out List<SafeFileHandle> descriptors) || descriptors.Count == 0)
        {
            return null;
        }

        descriptors.Skip(1).ToList().ForEach(static further => further.Dispose());
        const int setFlags = 4, readWriteNonBlocking = 2 | 0x800;
        _ = Control(descriptors[0], setFlags, readWriteNonBlocking);
        return new FuseDevice(descriptors[0]);
    }

    private static bool Run(string[] arguments, int? channel, Action<string> report)
    {
        var start = new ProcessStartInfo(Program, arguments) { UseShellExecute = false };
        if (channel is { } descriptor)
        {
            start.Environment["_FUSE_COMMFD"] = descriptor.ToString(CultureInfo.InvariantCulture);
        }

        try
        {
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception e)
        {
            report($"fuse: failed to exec {Program}: {Marshal.GetPInvokeErrorMessage(e.NativeErrorCode)}");
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int MakePair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle handle, int command, int argument);
}
