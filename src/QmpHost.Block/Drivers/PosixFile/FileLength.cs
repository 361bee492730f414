using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Changes of a file's length, with allocation of the new part.</summary>
internal static class FileLength
{
    private const int ZeroBuffer = 64 << 10;

    /// <summary>Changes the length, on a worker's thread where it may take long.</summary>
    /// <exception cref="QmpException">It could not be done; the length is as before.</exception>
    public static async ValueTask ChangeAsync(SafeFileHandle file, FileTransfer transfer, long length, PreallocMode preallocation)
    {
        long current = NativeFile.Seek(file, 0, NativeFile.SeekEnd);
        if (current > length && preallocation != PreallocMode.Off)
        {
            throw new QmpException("Cannot use preallocation for shrinking files");
        }

        switch (preallocation)
        {
            case PreallocMode.Off:
                await TryAsync(transfer, () => NativeFile.Truncate(file, length), "Could not resize file");
                break;
            case PreallocMode.Falloc when length > current:
                await AllocateAsync(file, transfer, current, length, () => Reserve(file, current, length), "Could not preallocate new data");
                break;
            case PreallocMode.Full when length > current:
                await AllocateAsync(file, transfer, current, length, () => Fill(file, current, length), "Could not write zeros for preallocation");
                break;
            case PreallocMode.Falloc or PreallocMode.Full:
                break;
            default:
                throw new QmpException($"Unsupported preallocation mode: {preallocation.ToWire()}");
        }
    }

    private static async ValueTask AllocateAsync(
        SafeFileHandle file, FileTransfer transfer, long current, long length, Func<int> call, string message)
    {
        if (length == current)
        {
            return;
        }

        try
        {
            await TryAsync(transfer, call, message);
        }
        catch (QmpException)
        {
            _ = NativeFile.Truncate(file, current);
            throw;
        }
    }

    private static async ValueTask TryAsync(FileTransfer transfer, Func<int> call, string message)
    {
        try
        {
            await transfer.CallAsync(call, isShort: false);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"{message}: {e.Errno.Describe()}", e);
        }
    }

    private static int Reserve(SafeFileHandle file, long current, long length)
    {
        int error = NativeFile.Allocate(file, 0, current, length - current);
        return error == (int)Errno.ENOTSUP ? Fill(file, current, length) : error;
    }

    private static int Fill(SafeFileHandle file, long current, long length)
    {
        int error = NativeFile.Truncate(file, length);
        byte[] zeroes = new byte[ZeroBuffer];
        while (error == 0 && current < length)
        {
            int piece = (int)Math.Min(zeroes.Length, length - current);
            error = FileTransfer.Write(file, zeroes.AsSpan(0, piece), current);
            current += piece;
        }

        return error == 0 ? NativeFile.Sync(file) : error;
    }
}
