using QmpHost.Block.Bitmaps;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>Finds nodes and bitmaps by the names that bitmap commands and transaction actions give.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class DirtyBitmapLookup
{
    /// <summary>The bitmaps of a node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodeName">The name of a node or of a device.</param>
    /// <exception cref="QmpException">"Node 'x' not found".</exception>
    /// <returns>The node's bitmaps.</returns>
    public static DirtyBitmapList ListOf(BlockGraph graph, string nodeName)
    {
        ArgumentNullException.ThrowIfNull(graph);
        BlockNode node = graph.FindNode(nodeName)
            ?? graph.FindBackend(nodeName)?.Root?.Node
            ?? throw new QmpException($"Node '{nodeName}' not found");
        return node.Bitmaps;
    }

    /// <summary>The bitmaps that are merged: by name on the target's node, or by node and name.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="targetList">The bitmaps of the target's node.</param>
    /// <param name="sources">The names.</param>
    /// <exception cref="QmpException">A node or a bitmap does not exist. Thrown when the enumeration reaches it.</exception>
    /// <returns>The bitmaps, found one by one as they are asked for.</returns>
    public static IEnumerable<DirtyBitmap> Sources(BlockGraph graph, DirtyBitmapList targetList, IEnumerable<BlockDirtyBitmapOrStr> sources)
        => sources.Select(source => source is BlockDirtyBitmapOrStr.External { Value: var external }
            ? ListOf(graph, external.Node).Get(external.Name)
            : targetList.Get(((BlockDirtyBitmapOrStr.Local)source).Value));
}
