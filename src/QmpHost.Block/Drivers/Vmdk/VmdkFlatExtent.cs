using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>A part of the disk that lies in its file as it is.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the part begins in the file, in bytes.</param>
/// <param name="type">The descriptor's word for it.</param>
internal sealed class VmdkFlatExtent(BlockChild file, long start, string type) : VmdkExtent
{
    /// <inheritdoc/>
    public override ValueTask<BlockStatus> FindAsync(long offset, long bytes) => ValueTask.FromResult(new BlockStatus(
        BlockStatusFlags.Data | BlockStatusFlags.OffsetValid | BlockStatusFlags.Recurse,
        Math.Min(bytes, Length - offset),
        start + offset,
        file.Node));

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer) => file.ReadAsync(start + offset, buffer);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, Func<long, Memory<byte>, ValueTask> readBelow)
        => file.WriteAsync(start + offset, buffer);

    /// <inheritdoc/>
    public override ImageInfo Describe() => new() { Filename = NodeFilename.Of(file.Node), Format = type, VirtualSize = Length };
}
