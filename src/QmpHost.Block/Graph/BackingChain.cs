using QmpHost.Block.Graph.Filenames;

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

    /// <summary>The first node, from a node downwards, that a client has named: jobs insert others unless told their names.</summary>
    /// <param name="node">Where to start.</param>
    /// <returns>The node.</returns>
    public static BlockNode SkipImplicit(BlockNode node)
    {
        while (node.IsImplicit && node.FilteredChild is { } child)
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

    /// <summary>The lowest layer of the chain.</summary>
    /// <param name="node">Where to start.</param>
    /// <returns>A node that is no filter and has no backing file.</returns>
    public static BlockNode Lowest(BlockNode node)
    {
        node = SkipFilters(node);
        while (Next(node) is { } below)
        {
            node = below;
        }

        return node;
    }

    /// <summary>The layer directly above another one.</summary>
    /// <param name="top">The upper end of the chain.</param>
    /// <param name="node">The layer, or a filter over it.</param>
    /// <returns>The layer above, which is no filter, or null if there is none.</returns>
    public static BlockNode? FindOverlay(BlockNode top, BlockNode node)
    {
        BlockNode layer = SkipFilters(node);
        for (BlockNode? current = SkipFilters(top); current is not null; current = Next(current))
        {
            if (Next(current) == layer)
            {
                return current;
            }
        }

        return null;
    }

    /// <summary>Finds a backing file by its name: that of its node, or the one in the header of the image above.</summary>
    /// <param name="top">The upper end of the chain, not looked at itself.</param>
    /// <param name="filename">The name; a relative one starts from the image above.</param>
    /// <returns>The node below the filters, or null.</returns>
    public static BlockNode? FindImage(BlockNode top, string filename)
    {
        for (BlockNode? current = SkipFilters(top); current is not null; current = Next(current))
        {
            if (Next(current) is { } below && IsNamed(current, below, filename))
            {
                return below;
            }
        }

        return null;
    }

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

    private static bool IsNamed(BlockNode overlay, BlockNode backing, string filename)
    {
        string actual = Queries.NodeFilename.Of(backing);
        if (filename == actual || filename == overlay.Driver.BackingFilename)
        {
            return true;
        }

        return !ImageFilename.HasProtocol(filename) && !ImageFilename.HasProtocol(actual)
            && FullPath(ImageFilename.Combine(BackingFileOpener.DirectoryOf(overlay), filename)) is { } path
            && path == FullPath(actual);
    }

    // Nothing is at a path that is empty or has a null character.
    private static string? FullPath(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? null : Path.GetFullPath(path);
}
