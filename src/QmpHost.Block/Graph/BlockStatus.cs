namespace QmpHost.Block.Graph;

/// <summary>The allocation state of one area, as a driver or the generic layer reports it.</summary>
/// <param name="Flags">What is known of the area.</param>
/// <param name="Bytes">The length of the area in bytes; at least 1 unless at the end of the disk.</param>
/// <param name="Map">With <see cref="BlockStatusFlags.OffsetValid"/>, the offset in <paramref name="File"/>, in bytes.</param>
/// <param name="File">The node that holds the data, where known.</param>
public readonly record struct BlockStatus(BlockStatusFlags Flags, long Bytes, long Map = 0, BlockNode? File = null);
