using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The system calls on files that .NET does not offer.</summary>
internal static partial class NativeFile
{
    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenTruncate = 0x200;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenDirect = 0x4000;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int ZeroRange = 16;
    public const int GetLockOfDescription = 36;
    public const int SetLockOfDescription = 37;
    public const short ReadLock = 0;
    public const short WriteLock = 1;
    public const short Unlock = 2;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCore(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    public static unsafe partial nint Read(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    public static unsafe partial nint Write(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, int command, ref FileLock argument);

    /// <summary>Opens a file; never inherited by child processes.</summary>
    /// <returns>The file, or null with the error number.</returns>
    public static SafeFileHandle? Open(string path, int flags, out int error, uint mode = 0x1A4)
    {
        int descriptor;
        do
        {
            descriptor = OpenCore(path, flags | OpenCloseOnExec, mode);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == 4);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
