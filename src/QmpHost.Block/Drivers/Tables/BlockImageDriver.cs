using QmpHost.Block.Graph;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.Tables;

/// <summary>
/// A format that maps blocks of equal size to places in its file by one table. Requests are cut at the ends of blocks; a block
/// that is not there yet is allocated by one request while others wait.
/// </summary>
internal abstract class BlockImageDriver : BlockDriver
{
    private readonly AsyncLock _allocation = new();
    private BlockChild? _file;

    /// <summary>The image file.</summary>
    protected BlockChild File
    {
        get => _file ?? throw new InvalidOperationException("The image is not open.");
        set => _file = value;
    }

    /// <summary>Bytes of a block.</summary>
    protected abstract long BlockSize { get; }

    /// <summary>Length of the disk in bytes.</summary>
    protected abstract long DiskLength { get; }

    /// <inheritdoc/>
    public override long ClusterSize => _file is null ? 0 : BlockSize;

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(DiskLength);

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        while (!buffer.IsEmpty)
        {
            Memory<byte> part = buffer[..(int)Math.Min(buffer.Length, BlockSize - (offset % BlockSize))];
            long? host = await FindAsync(offset / BlockSize);
            if (host is { } start)
            {
                await File.ReadAsync(start + (offset % BlockSize), part);
            }
            else
            {
                part.Span.Clear();
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> part = buffer[..(int)Math.Min(buffer.Length, BlockSize - (offset % BlockSize))];
            await WritePartAsync(offset, part);
            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        long? first = await FindAsync(offset / BlockSize);
        long covered = BlockSize - (offset % BlockSize);
        while (covered < bytes)
        {
            long? next = await FindAsync((offset + covered) / BlockSize);
            bool follows = first is { } start ? next == start + (offset % BlockSize) + covered : next is null;
            if (!follows)
            {
                break;
            }

            covered += BlockSize;
        }

        covered = Math.Min(covered, bytes);
        return first is { } host
            ? new BlockStatus(BlockStatusFlags.Data | BlockStatusFlags.OffsetValid | DataStatus, covered, host + (offset % BlockSize), File.Node)
            : new BlockStatus(BlockStatusFlags.Zero, covered);
    }

    /// <summary>What else is true of blocks that are there.</summary>
    protected virtual BlockStatusFlags DataStatus => BlockStatusFlags.None;

    /// <summary>Finds a block.</summary>
    /// <param name="block">Its number.</param>
    /// <returns>Where its data lies in the file, in bytes; null if it has no place and reads as zeroes.</returns>
    protected abstract ValueTask<long?> FindAsync(long block);

    /// <summary>Makes a place for a block that has none. Called for one block at a time.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="offsetInBlock">Where the data begins within the block, in bytes.</param>
    /// <param name="data">What the block holds there; elsewhere it holds zeroes.</param>
    protected abstract ValueTask AllocateAsync(long block, long offsetInBlock, ReadOnlyMemory<byte> data);

    private async ValueTask WritePartAsync(long offset, ReadOnlyMemory<byte> part)
    {
        long block = offset / BlockSize;
        if (await FindAsync(block) is { } host)
        {
            await File.WriteAsync(host + (offset % BlockSize), part);
            return;
        }

        using (await _allocation.EnterAsync())
        {
            // Another request may have been faster.
            if (await FindAsync(block) is not { } found)
            {
                await AllocateAsync(block, offset % BlockSize, part);
                return;
            }

            host = found;
        }

        await File.WriteAsync(host + (offset % BlockSize), part);
    }
}
