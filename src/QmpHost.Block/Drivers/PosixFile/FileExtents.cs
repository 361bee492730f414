using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Where a file holds data and where holes, as the file system tells.</summary>
internal static class FileExtents
{
    private const int NoSuchAddress = 6;

    /// <summary>The kind of the extent at an offset, and its length, which may be longer than what was asked for.</summary>
    public static (BlockStatusFlags Kind, long Bytes) Find(SafeFileHandle file, long offset, long bytes)
    {
        long data = NativeFile.Seek(file, offset, NativeFile.SeekData);
        if (data < 0)
        {
            // Nothing but a hole follows, or the end of the file; any other error says nothing.
            return Marshal.GetLastPInvokeError() == NoSuchAddress ? (BlockStatusFlags.Zero, bytes) : (BlockStatusFlags.Data, bytes);
        }

        if (data > offset)
        {
            return (BlockStatusFlags.Zero, Math.Min(bytes, data - offset));
        }

        long hole = NativeFile.Seek(file, offset, NativeFile.SeekHole);
        if (hole <= offset)
        {
            return (BlockStatusFlags.Data, bytes);
        }

        return (BlockStatusFlags.Data, Alignment.Up(hole, 512) - offset);
    }
}
