using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>The system calls on files, with their error numbers.</summary>
internal static partial class NativeFile
{
    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int ZeroRange = 16;
    public const int ReadNoWait = 8;

    private const int GetFileFlags = 3;
    private const int SetFileFlags = 4;
    private const int DuplicateCloseOnExec = 1030;
    private const int Interrupted = 4;
    private const int AtEmptyPath = 0x1000;
    private const int AtWorkingDirectory = -100;
    private const uint StatTypeAndBlocks = 0x1 | 0x400;

    /// <summary>The flag that bypasses the page cache differs between processors.</summary>
    public static int OpenDirect { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x10000 : 0x4000;

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int command, ref FileLock argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, ref int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, ref ExtentAttributes argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, nint argument);

    /// <summary>Opens a file; never inherited by child processes.</summary>
    /// <returns>The file, or null with the error number.</returns>
    public static SafeFileHandle? Open(string path, int flags, out int error, uint mode = 0)
        => SystemFile.OpenHandle(path, flags, mode, out error);

    /// <summary>Reads once.</summary>
    /// <returns>The number of bytes, 0 at the end of the file, or the negative error number.</returns>
    public static unsafe nint Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = ReadCore(file, start, (nuint)buffer.Length, offset);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return result < 0 ? -Marshal.GetLastPInvokeError() : result;
        }
    }

    /// <summary>Reads once what is in the page cache.</summary>
    /// <returns>The number of bytes, or the negative error number: EAGAIN if the disk would be needed.</returns>
    public static unsafe nint ReadCached(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)buffer.Length };
            nint result = ReadVectorCore(file, &vector, 1, offset, ReadNoWait);
            return result < 0 ? -Marshal.GetLastPInvokeError() : result;
        }
    }

    /// <summary>Writes once.</summary>
    /// <returns>The number of bytes or the negative error number.</returns>
    public static unsafe nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            nint result;
            do
            {
                result = WriteCore(file, start, (nuint)buffer.Length, offset);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return result < 0 ? -Marshal.GetLastPInvokeError() : result;
        }
    }

    /// <summary>Copies once from file to file.</summary>
    /// <returns>The number of bytes, 0 at the end of the source, or the negative error number.</returns>
    public static nint CopyRange(SafeFileHandle source, long sourceOffset, SafeFileHandle target, long targetOffset, long bytes)
    {
        nint result;
        do
        {
            result = CopyRangeCore(source, ref sourceOffset, target, ref targetOffset, (nuint)bytes, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result < 0 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary>Allocates, zeroes or frees a range.</summary>
    /// <returns>0 or the error number.</returns>
    public static int Allocate(SafeFileHandle file, int mode, long offset, long bytes)
    {
        int error;
        do
        {
            error = AllocateCore(file, mode, offset, bytes) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        return error;
    }

    /// <summary>Changes the length.</summary>
    /// <returns>0 or the error number.</returns>
    public static int Truncate(SafeFileHandle file, long length)
    {
        int error;
        do
        {
            error = TruncateCore(file, length) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        return error;
    }

    /// <summary>Makes the data stable.</summary>
    /// <returns>0 or the error number.</returns>
    public static int Sync(SafeFileHandle file) => SyncCore(file) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>What kind of file it is and how much space it takes.</summary>
    /// <returns>False if the system does not say.</returns>
    public static unsafe bool TryGetStatus(SafeFileHandle file, out FileStatus status)
    {
        fixed (FileStatus* start = &status)
        {
            return StatusCore(file, [0], AtEmptyPath, StatTypeAndBlocks, start) == 0;
        }
    }

    /// <summary>What kind of file a path leads to.</summary>
    /// <returns>False if it leads nowhere.</returns>
    public static unsafe bool TryGetStatus(string path, out FileStatus status)
    {
        fixed (FileStatus* start = &status)
        {
            return StatusCore(AtWorkingDirectory, ModifiedUtf8.GetTerminatedBytes(path), 0, StatTypeAndBlocks, start) == 0;
        }
    }

    /// <summary>Removes a file's name.</summary>
    /// <returns>False if it is still there.</returns>
    public static bool TryRemove(string path) => RemoveCore(ModifiedUtf8.GetTerminatedBytes(path)) == 0;

    /// <summary>The number of the file system's kind, or 0.</summary>
    public static unsafe long GetFileSystemKind(SafeFileHandle file)
    {
        // The first member on every 64-bit system; the rest is room for what follows.
        long* buffer = stackalloc long[32];
        return FileSystemCore(file, buffer) == 0 ? buffer[0] : 0;
    }

    /// <summary>The flags that a file was opened with, or -1.</summary>
    public static int GetFlags(SafeFileHandle file) => DescriptorControl(file, GetFileFlags, 0);

    /// <summary>Duplicates a descriptor and lets it bypass the page cache if the flags say so.</summary>
    /// <returns>The copy, or null with the error number as the last one of the platform.</returns>
    public static SafeFileHandle? Duplicate(SafeFileHandle file, int flags)
    {
        int descriptor = DescriptorControl(file, DuplicateCloseOnExec, 0);
        if (descriptor < 0)
        {
            return null;
        }

        var copy = new SafeFileHandle(descriptor, ownsHandle: true);
        int current = GetFlags(copy);
        int wanted = (current & ~OpenDirect) | (flags & OpenDirect);
        if (wanted != current && DescriptorControl(copy, SetFileFlags, wanted) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            copy.Dispose();
            Marshal.SetLastPInvokeError(error);
            return null;
        }

        return copy;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int DescriptorControl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static unsafe partial nint ReadCore(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "preadv64v2", SetLastError = true)]
    private static unsafe partial nint ReadVectorCore(SafeFileHandle file, IoVector* vector, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    private static unsafe partial nint WriteCore(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static partial nint CopyRangeCore(
        SafeFileHandle source, ref long sourceOffset, SafeFileHandle target, ref long targetOffset, nuint bytes, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    private static partial int AllocateCore(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int TruncateCore(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncCore(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatusCore(SafeFileHandle file, ReadOnlySpan<byte> path, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatusCore(int folder, ReadOnlySpan<byte> path, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static partial int RemoveCore(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "fstatfs64", SetLastError = true)]
    private static unsafe partial int FileSystemCore(SafeFileHandle file, long* status);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Start;
        public nuint Length;
    }
}
