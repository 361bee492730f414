using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Reopen;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Memory;

/// <summary>
/// A disk in memory in place of a regular file. Clients see driver "file" and the name that it was given: they cannot open one,
/// but use it as the file that they would have.
/// </summary>
public sealed class MemoryDriver : BlockDriver
{
    private readonly MemoryDisk _disk;
    private readonly string _filename;

    /// <summary>Makes the driver of a disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="filename">The name that is shown.</param>
    public MemoryDriver(MemoryDisk disk, string filename)
    {
        _disk = disk;
        _filename = filename;
        Descriptor = new BlockDriverDescriptor
        {
            Name = BlockdevDriver.File.ToWire(),
            SchemaValue = BlockdevDriver.File,
            Make = _ => this,
            IsProtocol = true,
            ReopenOptions = [],
        };
    }

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor { get; }

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override string? ExactFilename => _filename;

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context) => ValueTask.FromResult(BlockReopen.None);

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(_disk.Length);

    /// <inheritdoc/>
    public override ValueTask<long?> GetAllocatedSizeAsync() => ValueTask.FromResult<long?>(_disk.AllocatedBytes);

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        _disk.Read(offset, buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        _disk.Write(offset, buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        _disk.Clear(offset, bytes);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        _disk.Clear(offset, bytes);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        if (length < 0)
        {
            throw new QmpException("Image size cannot be negative");
        }

        _disk.Resize(length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        (bool hasData, long run) = _disk.Status(offset, bytes);
        BlockStatusFlags flags = hasData ? BlockStatusFlags.Data : BlockStatusFlags.Zero;
        return ValueTask.FromResult(new BlockStatus(flags | BlockStatusFlags.OffsetValid, run, offset, Node));
    }
}
