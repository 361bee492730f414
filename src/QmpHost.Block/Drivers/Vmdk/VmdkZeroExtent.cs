using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>A part of the disk that has no file and reads as zeroes.</summary>
internal sealed class VmdkZeroExtent : VmdkExtent
{
    /// <inheritdoc/>
    public override ValueTask<BlockStatus> FindAsync(long offset, long bytes)
        => ValueTask.FromResult(new BlockStatus(BlockStatusFlags.Zero, Math.Min(bytes, Length - offset)));

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        buffer.Span.Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, Func<long, Memory<byte>, ValueTask> readBelow)
        => throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ImageInfo Describe() => new() { Filename = "", Format = "ZERO", VirtualSize = Length };
}
