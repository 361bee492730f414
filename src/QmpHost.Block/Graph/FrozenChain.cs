using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>
/// Edges of a chain of filters and backing files that must stay as they are, because somebody relies on what lies between two
/// nodes. Used on the host's event loop.
/// </summary>
public sealed class FrozenChain
{
    private readonly List<BlockChild> _edges;

    private FrozenChain(List<BlockChild> edges) => _edges = edges;

    /// <summary>Freezes the edges from one node down to another.</summary>
    /// <param name="top">The upper end.</param>
    /// <param name="bottom">The lower end, or null for the end of the chain.</param>
    /// <exception cref="QmpException">One of them is frozen already, or the lower end is not part of the chain; nothing is frozen.</exception>
    /// <returns>The frozen edges.</returns>
    public static FrozenChain Freeze(BlockNode top, BlockNode? bottom)
    {
        ArgumentNullException.ThrowIfNull(top);
        List<BlockChild> edges = [.. Edges(top, bottom)];
        foreach (BlockChild edge in edges)
        {
            if (edge.IsFrozen)
            {
                throw new QmpException(
                    $"Cannot change '{edge.Name}' link from '{((BlockNode)edge.Parent).NodeName}' to '{edge.Node.NodeName}'");
            }
        }

        edges.ForEach(static edge => edge.IsFrozen = true);
        return new FrozenChain(edges);
    }

    /// <summary>Lets the edges be changed again. Once is enough; further calls do nothing.</summary>
    public void Thaw()
    {
        _edges.ForEach(static edge => edge.IsFrozen = false);
        _edges.Clear();
    }

    private static IEnumerable<BlockChild> Edges(BlockNode top, BlockNode? bottom)
    {
        for (BlockNode node = top; node != bottom;)
        {
            if ((node.FilteredChild ?? node.CowChild) is not { } edge)
            {
                if (bottom is not null)
                {
                    throw new QmpException($"Node '{bottom.NodeName}' is not in the backing chain of '{top.NodeName}'");
                }

                yield break;
            }

            yield return edge;
            node = edge.Node;
        }
    }
}
