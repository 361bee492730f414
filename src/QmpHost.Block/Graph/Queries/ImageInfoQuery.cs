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
            ActualSize = await node.Driver.GetAllocatedSizeAsync(),
            ClusterSize = info.ClusterSize > 0 ? info.ClusterSize : null,
            DirtyFlag = node.Driver.ProvidesInfo ? info.IsDirty : null,
            Encrypted = info.IsEncrypted ? true : null,
            BackingFilename = node.Driver.BackingFilename,
            FullBackingFilename = node.Driver.BackingFilename is { } name ? ImageFilename.Combine(BackingFileOpener.DirectoryOf(node), name) : null,
            BackingFilenameFormat = node.Driver.BackingFormat,
            Snapshots = node.Driver.Descriptor.IsFilter ? null : info.Snapshots,
            FormatSpecific = node.Driver.Descriptor.IsFilter ? null : info.FormatSpecific,
            BackingImage = withBackingChain && backing is not null ? await DescribeAsync(backing, withBackingChain) : null,
        };
    }

    /// <summary>The node that is listed as the image below.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The filtered or backing node, or null.</returns>
    public static BlockNode? BackingOf(BlockNode node) => BlockStatusWalker.Below(node);
}
