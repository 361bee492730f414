namespace QmpHost.Block.Graph;

/// <summary>Ways along a chain of filters and backing files. Used on the host's event loop.</summary>
public static class BackingChain
{
    /// <summary>The first node, from a node downwards, that is no filter.</summary>
    /// <param name="node">Where to start.</param>
    /// <returns>The node.</returns>
    public static BlockNode SkipFilters(BlockNode node)
    {
        while (node.Driver.Descriptor.IsFilter && node.FilteredChild is { } child)
        {
            node = child.Node;
        }

        return node;
    }

    /// <summary>The backing node below a node's filters, itself possibly a filter.</summary>
    /// <param name="node">Where to start.</param>
    /// <returns>The node, or null if the layer has no backing file.</returns>
    public static BlockNode? CowBelow(BlockNode node) => SkipFilters(node).CowChild?.Node;

    /// <summary>The next layer of the chain, below filters on both sides.</summary>
    /// <param name="node">Where to start.</param>
    /// <returns>The node, or null at the end of the chain.</returns>
    public static BlockNode? Next(BlockNode node) => CowBelow(node) is { } below ? SkipFilters(below) : null;

    /// <summary>Whether a node is among those that another is built from by filters and backing files.</summary>
    /// <param name="top">The upper end of the chain.</param>
    /// <param name="node">The node to look for.</param>
    /// <returns>True if it is, or is <paramref name="top"/> itself.</returns>
    public static bool Contains(BlockNode top, BlockNode node)
    {
        for (BlockNode? current = top; current is not null; current = (current.FilteredChild ?? current.CowChild)?.Node)
        {
            if (current == node)
            {
                return true;
            }
        }

        return false;
    }
}
