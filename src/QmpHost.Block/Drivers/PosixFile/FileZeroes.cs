using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Zeroing and freeing parts of a file by means of the file system, as far as it has them.</summary>
internal sealed class FileZeroes
{
    private volatile bool _canZero = true;
    private volatile bool _canPunch = true;
    private volatile bool _canAllocate = true;

    /// <summary>Makes a range read as zeroes. On any thread.</summary>
    /// <returns>0 or an error number; ENOTSUP if the file system has no means.</returns>
    public int Zero(SafeFileHandle file, long offset, long bytes, bool mayUnmap)
    {
        if (mayUnmap)
        {
            int error = Punch(file, offset, bytes);
            if (error == 0)
            {
                return Extend(file, offset + bytes);
            }

            if (!IsMissing(error))
            {
                return error;
            }
        }

        return ZeroRange(file, offset, bytes);
    }

    /// <summary>Frees a range. On any thread.</summary>
    /// <returns>0 or an error number; ENOTSUP if the file system has no means.</returns>
    public int Punch(SafeFileHandle file, long offset, long bytes)
    {
        if (!_canPunch)
        {
            return (int)Errno.ENOTSUP;
        }

        int error = NativeFile.Allocate(file, NativeFile.PunchHole | NativeFile.KeepSize, offset, bytes);
        if (error == (int)Errno.ENOTSUP)
        {
            _canPunch = false;
        }

        return error;
    }

    private static bool IsMissing(int error)
        => error is (int)Errno.ENOTSUP or (int)Errno.EINVAL or (int)Errno.EBUSY;

    private int ZeroRange(SafeFileHandle file, long offset, long bytes)
    {
        if (_canZero)
        {
            int error = NativeFile.Allocate(file, NativeFile.ZeroRange, offset, bytes);
            if (!IsMissing(error))
            {
                return error;
            }

            if (error == (int)Errno.ENOTSUP)
            {
                _canZero = false;
            }
        }

        // What is freed and allocated again reads as zeroes; behind the end of the file nothing has to be freed.
        if (!_canAllocate)
        {
            return (int)Errno.ENOTSUP;
        }

        bool isBehindEnd = offset >= NativeFile.Seek(file, 0, NativeFile.SeekEnd);
        int result = isBehindEnd ? 0 : Punch(file, offset, bytes);
        if (result == 0)
        {
            result = NativeFile.Allocate(file, 0, offset, bytes);
            if (result == (int)Errno.ENOTSUP)
            {
                _canAllocate = false;
            }
        }

        return IsMissing(result) ? (int)Errno.ENOTSUP : result;
    }

    // Freeing leaves the length as it is, but what was zeroed belongs to the disk from now on.
    private static int Extend(SafeFileHandle file, long end)
        => NativeFile.Seek(file, 0, NativeFile.SeekEnd) < end ? NativeFile.Truncate(file, end) : 0;
}
