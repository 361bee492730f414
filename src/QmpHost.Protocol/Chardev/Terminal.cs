using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>The system calls on terminals, serial and parallel ports.</summary>
internal static partial class Terminal
{
    private const int OpenReadWrite = 2;
    private const int OpenNoControl = 0x100;
    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;
    private const int SettingsSize = 256;
    private const int NameSize = 256;
    private const uint Speed115200 = 0x1002;
    private const nuint ClaimPort = 0x708b;
    private const short HangUp = 0x10;

    /// <summary>Makes a pair of a terminal and its other end.</summary>
    /// <returns>The other end, and the terminal's path.</returns>
    /// <exception cref="QmpException">The system has none left.</exception>
    public static unsafe (SafeFileHandle Master, string Path) MakePseudoTerminal()
    {
        int descriptor = OpenMaster(OpenReadWrite | OpenNoControl);
        byte* name = stackalloc byte[NameSize];
        if (descriptor < 0 || Grant(descriptor) != 0 || Unlock(descriptor) != 0 || GetName(descriptor, name, NameSize) != 0)
        {
            throw new QmpException($"Failed to create PTY: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        var master = new SafeFileHandle(descriptor, ownsHandle: true);
        MakeRaw(master);
        return (master, Marshal.PtrToStringUTF8((nint)name)!);
    }

    /// <summary>Opens a port of the computer.</summary>
    /// <exception cref="QmpException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        int descriptor = OpenPath(path, OpenReadWrite | OpenNonBlocking | OpenNoControl | OpenCloseOnExec, 0);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new QmpException($"Could not open '{path}': {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Sets a terminal to pass bytes as they are; what is no terminal is left alone.</summary>
    public static unsafe void MakeRaw(SafeFileHandle file)
    {
        byte* settings = stackalloc byte[SettingsSize];
        if (GetSettings(file, settings) == 0)
        {
            MakeRaw(settings);
            _ = SetSpeed(settings, Speed115200);
            _ = SetSettings(file, 0, settings);
        }
    }

    /// <summary>Takes a parallel port for this process alone.</summary>
    /// <exception cref="QmpException">It is none, or somebody else has it.</exception>
    public static void ClaimParallelPort(SafeFileHandle file)
    {
        if (Control(file, ClaimPort, 0) < 0)
        {
            throw new QmpException($"not a parallel port: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Waits until something can be read.</summary>
    /// <param name="file">A terminal's other end, or a port.</param>
    /// <param name="milliseconds">How long to wait.</param>
    /// <param name="isHungUp">Whether nobody has the terminal open.</param>
    /// <returns>Whether something can be read.</returns>
    public static bool Poll(SafeFileHandle file, int milliseconds, out bool isHungUp)
    {
        const short input = 1;
        var entry = new PollEntry { Descriptor = (int)file.DangerousGetHandle(), Events = input };
        int count = Poll(ref entry, 1, milliseconds);
        isHungUp = count > 0 && (entry.Returned & HangUp) != 0;
        return count > 0 && (entry.Returned & input) != 0;
    }

    /// <summary>Makes a symbolic link to a terminal.</summary>
    /// <param name="terminal">The terminal's path.</param>
    /// <param name="link">The link's path.</param>
    /// <exception cref="QmpException">It cannot be made.</exception>
    public static void Link(string terminal, string link)
    {
        if (MakeLink(terminal, link) != 0)
        {
            throw new QmpException($"Failed to create PTY symlink: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeLink(string target, string path);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static unsafe partial int GetName(int descriptor, byte* name, nuint size);

    [LibraryImport("libc", EntryPoint = "open64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static unsafe partial int GetSettings(SafeFileHandle file, byte* settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static unsafe partial void MakeRaw(byte* settings);

    [LibraryImport("libc", EntryPoint = "cfsetspeed")]
    private static unsafe partial int SetSpeed(byte* settings, uint speed);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static unsafe partial int SetSettings(SafeFileHandle file, int when, byte* settings);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollEntry entries, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
