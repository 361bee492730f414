using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>What is known of a node's image.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class ImageInfoQuery
{
    /// <summary>Describes a node's image, and those below it if asked for.</summary>
    /// <param name="node">The node.</param>
    /// <param name="withBackingChain">Whether the backing image is described too, and so on.</param>
    /// <returns>The description.</returns>
    public static async ValueTask<ImageInfo> DescribeAsync(BlockNode node, bool withBackingChain)
    {
        BlockDriverInfo info = await node.Driver.GetInfoAsync();
        BlockNode? backing = BackingOf(node);
        return new ImageInfo
        {
            Filename = NodeFilename.Of(node),
            Format = node.Driver.Descriptor.Name,
            VirtualSize = node.Length,
            ActualSize = await AllocatedSizeAsync(node, info),
            ClusterSize = info.ClusterSize > 0 ? info.ClusterSize : null,
            DirtyFlag = info.IsKnown ? info.IsDirty : null,
            Encrypted = info.IsEncrypted ? true : null,
            BackingFilename = info.BackingFilename,
            FullBackingFilename = info.BackingFilename is { } name ? ImageFilename.Combine(NodeFilename.Of(node), name) : null,
            BackingFilenameFormat = info.BackingFormat,
            FormatSpecific = info.FormatSpecific,
            BackingImage = withBackingChain && backing is not null ? await DescribeAsync(backing, withBackingChain) : null,
        };
    }

    /// <summary>The node that is listed as the image below.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The backing node, found through filters, or null.</returns>
    public static BlockNode? BackingOf(BlockNode node)
    {
        BlockNode layer = SkipFilters(node);
        return layer.CowChild is { } cow ? SkipFilters(cow.Node) : layer != node ? layer : null;
    }

    private static BlockNode SkipFilters(BlockNode node)
    {
        while (node.Driver.Descriptor.IsFilter && node.FilteredChild is { } child)
        {
            node = child.Node;
        }

        return node;
    }

    private static async ValueTask<long?> AllocatedSizeAsync(BlockNode node, BlockDriverInfo info)
    {
        if (info.AllocatedFileSize is not null || node.Children.Count == 0)
        {
            return info.AllocatedFileSize;
        }

        // A node without storage of its own takes up what its children do; the backing image is counted apart.
        long total = 0;
        foreach (BlockChild child in node.Children)
        {
            if ((child.Role & (ChildRole.Data | ChildRole.Metadata | ChildRole.Filtered)) == 0 || child.Name == "target")
            {
                continue;
            }

            if (await AllocatedSizeAsync(child.Node, await child.Node.Driver.GetInfoAsync()) is not { } size)
            {
                return null;
            }

            total += size;
        }

        return total;
    }
}
