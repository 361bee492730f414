using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>Which nodes the target of a mirror may be put in the place of.</summary>
internal static class MirrorReplacement
{
    /// <summary>Checks the node that a client wants replaced.</summary>
    /// <param name="source">The disk that is copied.</param>
    /// <param name="name">The node's name.</param>
    /// <exception cref="QmpException">It cannot be.</exception>
    /// <returns>The node.</returns>
    public static BlockNode Check(BlockNode source, string name)
    {
        BlockNode node = source.Graph.GetNode(name);
        node.OpBlockers.Check(BlockOperation.Replace, node.DeviceOrNodeName);
        if (!IsPossible(source, node))
        {
            throw new QmpException(
                $"Cannot replace '{name}' by a node mirrored from '{source.NodeName}', because it cannot be guaranteed that doing so "
                + "would not lead to an abrupt change of visible data");
        }

        return node.Length == source.Length
            ? node
            : throw new QmpException("cannot replace image with a mirror image of different size");
    }

    /// <summary>Whether a node shows what the source shows: it is the source, or below filters of the source.</summary>
    /// <param name="source">The disk that is copied.</param>
    /// <param name="node">The node.</param>
    /// <returns>True if it does.</returns>
    public static bool IsPossible(BlockNode source, BlockNode node)
    {
        for (BlockNode? current = source; current is not null; current = current.FilteredChild?.Node)
        {
            if (current == node)
            {
                return true;
            }
        }

        return false;
    }
}
