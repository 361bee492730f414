namespace QmpHost.Block.Graph.Interception;

/// <summary>A request on its way from the generic layer to a node's driver: aligned, and cut to what the driver takes.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">What is asked for.</param>
/// <param name="Offset">Start in bytes; 0 for a flush.</param>
/// <param name="Bytes">Length in bytes; 0 for a flush.</param>
public readonly record struct NodeRequest(BlockNode Node, NodeRequestKind Kind, long Offset, long Bytes);
