using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Requests;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>What is known of a node's image.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class ImageInfoQuery
{
    // As many as the system takes in one call.
    private const long MaxVectors = 1024;

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
            Snapshots = await SnapshotsOfAsync(node, info),
            Limits = DescribeLimits(node.Limits),
            FormatSpecific = info.FormatSpecific,
            BackingImage = withBackingChain && backing is not null ? await DescribeAsync(backing, withBackingChain) : null,
        };
    }

    private static BlockLimitsInfo DescribeLimits(BlockLimits limits) => new()
    {
        RequestAlignment = (uint)limits.RequestAlignment,
        MaxDiscard = limits.MaxDiscard > 0 ? (ulong)limits.MaxDiscard : null,
        DiscardAlignment = limits.DiscardAlignment > 0 ? (uint)limits.DiscardAlignment : null,
        MaxWriteZeroes = limits.MaxWriteZeroes > 0 ? (ulong)limits.MaxWriteZeroes : null,
        WriteZeroesAlignment = limits.WriteZeroesAlignment > 0 ? (uint)limits.WriteZeroesAlignment : null,
        OptTransfer = limits.OptTransfer > 0 ? (uint)limits.OptTransfer : null,
        MaxTransfer = limits.MaxTransfer > 0 ? (uint)limits.MaxTransfer : null,
        MaxIov = MaxVectors,
        MinMemAlignment = (ulong)limits.MinMemoryAlignment,
        OptMemAlignment = (ulong)limits.OptMemoryAlignment,
    };

    // Snapshots are taken in the image below where that alone holds everything: then they are those of this disk too.
    private static async ValueTask<IReadOnlyList<SnapshotInfo>?> SnapshotsOfAsync(BlockNode node, BlockDriverInfo info)
    {
        const ChildRole Holds = ChildRole.Data | ChildRole.Metadata | ChildRole.Filtered;
        return info.FormatSpecific is null
            && node.Children.Where(child => (child.Role & Holds) != 0).ToArray() is [{ } only]
            && (only.Role & ChildRole.Primary) != 0
                ? await SnapshotsOfAsync(only.Node, await only.Node.Driver.GetInfoAsync())
                : info.Snapshots;
    }

    /// <summary>The node that is listed as the image below.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The filtered or backing node, or null.</returns>
    public static BlockNode? BackingOf(BlockNode node) => BlockStatusWalker.Below(node) is { } below ? BackingChain.SkipImplicit(below) : null;
}
