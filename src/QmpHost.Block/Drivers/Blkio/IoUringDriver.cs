using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkio;

/// <summary>io_uring: a file or block device without locks, whose length stays as it is.</summary>
internal sealed class IoUringDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private readonly FileZeroes _zeroes = new();
    private SafeFileHandle? _file;
    private FileTransfer? _transfer;
    private string _filename = "";
    private int _alignment = 1;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "io_uring",
        SchemaValue = BlockdevDriver.IoUring,
        Make = static table => new IoUringDriver(table),
        IsProtocol = true,
        IsStrongOption = static option => option == "filename",
        CheckFileName = static options =>
        {
            if (((BlockdevOptionsIoUring)options.Branch!).Filename.Length == 0)
            {
                throw new QmpException("The 'io_uring' block driver requires a file name");
            }
        },
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override string? ExactFilename => _filename;

    private SafeFileHandle File => _file ?? throw new BlockIOException(Errno.EIO);

    private FileTransfer Transfer => _transfer ?? throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        _filename = ((BlockdevOptionsIoUring)context.Options.Branch!).Filename;
        int flags = (context.ReadOnly ? NativeFile.OpenReadOnly : NativeFile.OpenReadWrite) | (context.Direct ? NativeFile.OpenDirect : 0);
        _file = NativeFile.Open(_filename, flags, out int error) ?? throw BlkioFailure.OfSystem(error);
        _ = NativeFile.TryGetStatus(_file, out FileStatus status);
        if (!status.IsRegular && !status.IsBlockDevice)
        {
            _file.Dispose();
            throw BlkioFailure.Of("The file must be a block device or a regular file", Errno.EINVAL);
        }

        _transfer = new FileTransfer(Node.Graph.Context.Loop, _file, context.Direct);
        _alignment = context.Direct ? DirectTransfer.ProbeAlignment(_file) : 1;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _file?.Dispose();
        _file = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(FindLength());

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = _alignment, MinMemoryAlignment = _alignment };

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => Transfer.ReadAsync(File, offset, buffer);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        CheckEnd(offset + buffer.Length);
        return Transfer.WriteAsync(File, offset, buffer);
    }

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        CheckEnd(offset + bytes);
        SafeFileHandle file = File;
        bool mayUnmap = (flags & RequestFlags.MayUnmap) != 0;
        return Transfer.CallAsync(() => _zeroes.Zero(file, offset, bytes, mayUnmap), isShort: mayUnmap);
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        SafeFileHandle file = File;
        return Transfer.CallAsync(() => _zeroes.Punch(file, offset, bytes), isShort: true);
    }

    /// <inheritdoc/>
    public override ValueTask FlushToDiskAsync()
    {
        SafeFileHandle file = File;
        return Transfer.CallAsync(() => NativeFile.Sync(file), isShort: true);
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        long actual = FindLength();
        return preallocation != PreallocMode.Off ? throw new QmpException("Unsupported preallocation mode")
            : exact && length != actual ? throw new QmpException("Cannot resize device")
            : length > actual ? throw new QmpException("Cannot grow device")
            : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long?> GetAllocatedSizeAsync() => ValueTask.FromResult<long?>(null);

    private long FindLength()
    {
        long length = NativeFile.Seek(File, 0, NativeFile.SeekEnd);
        return length >= 0 ? length : throw new BlockIOException(Errno.EIO);
    }

    // A last sector that the file has only in part may be written.
    private void CheckEnd(long end)
    {
        const long sector = 512;
        if (end > (FindLength() + sector - 1) / sector * sector)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }
    }
}
