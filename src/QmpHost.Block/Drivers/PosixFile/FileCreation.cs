using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>blockdev-create for files.</summary>
internal static class FileCreation
{
    private const uint DefaultMode = 0x1A4;
    private const int SectorSize = 512;
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;
    private const int NoCopyOnWrite = 0x00800000;

    /// <summary>Makes a file, or clears one that nobody uses, and gives it its length.</summary>
    /// <exception cref="QmpException">It could not be made.</exception>
    public static async ValueTask CreateAsync(BlockdevCreateOptionsFile options)
    {
        if (options.ExtentSizeHint > uint.MaxValue)
        {
            throw new QmpException("Extent size hint is too large");
        }

        string path = options.Filename;
        using SafeFileHandle file = NativeFile.Open(path, NativeFile.OpenReadWrite | NativeFile.OpenCreate, out int error, DefaultMode)
            ?? throw new QmpException($"Could not create '{path}': {((Errno)error).Describe()}");
        const BlockPermissions Used = BlockPermissions.Write | BlockPermissions.Resize;
        FileLocks.Take(file, Used, BlockPermissions.Resize);
        FileLocks.Check(file, Used, BlockPermissions.Resize);

        error = NativeFile.Truncate(file, 0);
        if (error != 0)
        {
            throw new QmpException($"Could not resize file: {((Errno)error).Describe()}");
        }

        if (options.Nocow == true)
        {
            SetNoCopyOnWrite(file);
        }

        if (options.Size > long.MaxValue - SectorSize)
        {
            throw new QmpException($"Could not resize file: {Errno.EINVAL.Describe()}");
        }

        long length = Alignment.Up((long)options.Size, SectorSize);
        await FileLength.ChangeAsync(file, new FileTransfer(file, direct: false), length, options.Preallocation ?? PreallocMode.Off);
    }

    // Only some file systems know it, and it is a wish: failures do not matter.
    private static void SetNoCopyOnWrite(SafeFileHandle file)
    {
        int flags = 0;
        if (NativeFile.Control(file, GetFlags, ref flags) == 0)
        {
            flags |= NoCopyOnWrite;
            _ = NativeFile.Control(file, SetFlags, ref flags);
        }
    }
}
