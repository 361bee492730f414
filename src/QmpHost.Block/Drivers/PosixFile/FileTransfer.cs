using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// The data requests of one file: carried out at once where the data is in memory, and by a worker thread where a disk
/// may be slow or where the copying takes long enough to be worth another processor.
/// </summary>
internal sealed class FileTransfer
{
    // Copying less than this is done at once: it is not worth a change of threads.
    private const int MaxInline = 128 << 10;
    private const long TmpFs = 0x01021994;
    private const long RamFs = 0x858458F6;

    private readonly EventLoop _loop;
    private readonly Stack<FileOperation> _free = new();
    private readonly bool _inMemory;
    private readonly bool _direct;
    private readonly FileWorkers _workers;
    private bool _canReadCached;

    public FileTransfer(EventLoop loop, SafeFileHandle file, bool direct)
    {
        _loop = loop;
        long kind = NativeFile.GetFileSystemKind(file);
        _direct = direct;
        _inMemory = (kind is TmpFs or RamFs) && !direct;
        _workers = _inMemory ? FileWorkers.Memory : FileWorkers.Disks;
        _canReadCached = !_inMemory && !direct;
    }

    /// <summary>Reads; behind the end of the file there are zeroes.</summary>
    public ValueTask ReadAsync(SafeFileHandle file, long offset, Memory<byte> buffer)
    {
        if (IsInline(buffer.Length))
        {
            if (_inMemory)
            {
                return Rent().Finish(Read(file, buffer.Span, offset));
            }

            if (_canReadCached && TryReadCached(file, offset, buffer.Span))
            {
                return Rent().Finish(0);
            }
        }

        return Rent().StartRead(file, offset, buffer);
    }

    /// <summary>Writes.</summary>
    public ValueTask WriteAsync(SafeFileHandle file, long offset, ReadOnlyMemory<byte> data)
        => _inMemory && IsInline(data.Length)
            ? Rent().Finish(Write(file, data.Span, offset))
            : Rent().StartWrite(file, offset, data);

    /// <summary>Carries out anything else.</summary>
    /// <param name="call">The work; gives back 0 or an error number.</param>
    /// <param name="isShort">Whether it never takes long in memory.</param>
    public ValueTask CallAsync(Func<int> call, bool isShort)
        => _inMemory && isShort && IsInline(0) ? Rent().Finish(call()) : Rent().StartCall(call);

    /// <summary>Reads all of a buffer.</summary>
    /// <returns>0 or an error number.</returns>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        while (buffer.Length > 0)
        {
            nint count = NativeFile.Read(file, buffer, offset);
            if (count <= 0)
            {
                buffer.Clear();
                return (int)-count;
            }

            buffer = buffer[(int)count..];
            offset += count;
        }

        return 0;
    }

    /// <summary>Writes all of a buffer.</summary>
    /// <returns>0 or an error number.</returns>
    public static int Write(SafeFileHandle file, ReadOnlySpan<byte> data, long offset)
    {
        while (data.Length > 0)
        {
            nint count = NativeFile.Write(file, data, offset);
            if (count <= 0)
            {
                return count == 0 ? (int)Errno.ENOSPC : (int)-count;
            }

            data = data[(int)count..];
            offset += count;
        }

        return 0;
    }

    /// <summary>Has the system copy all of a range.</summary>
    /// <returns>0 or an error number; after a failure a part may be copied.</returns>
    public static int CopyRange(SafeFileHandle source, long sourceOffset, SafeFileHandle target, long targetOffset, long bytes)
    {
        while (bytes > 0)
        {
            nint count = NativeFile.CopyRange(source, sourceOffset, target, targetOffset, bytes);
            if (count <= 0)
            {
                // Behind the end of the source there is nothing that the system would copy.
                return count == 0 ? (int)Errno.ENOTSUP : (int)-count;
            }

            sourceOffset += count;
            targetOffset += count;
            bytes -= count;
        }

        return 0;
    }

    private bool IsInline(int length) => length <= MaxInline && !_loop.HasSlowRequests;

    private bool TryReadCached(SafeFileHandle file, long offset, Span<byte> buffer)
    {
        nint count = NativeFile.ReadCached(file, buffer, offset);
        if (count == -(nint)(int)Errno.ENOTSUP || count == -(nint)(int)Errno.EINVAL)
        {
            _canReadCached = false;
        }

        return count == buffer.Length;
    }

    private FileOperation Rent()
    {
        _loop.BeginOutside();
        return _free.TryPop(out FileOperation? operation) ? operation : new FileOperation(_loop, _free, _workers, _direct);
    }
}
