namespace QmpHost.Block.Graph;

/// <summary>Where an offloaded copy takes its bytes from: a range of a node that holds them itself.</summary>
/// <param name="Node">The node, a protocol node.</param>
/// <param name="Offset">Start of the range in bytes.</param>
public readonly record struct CopyRangeSource(BlockNode Node, long Offset);
