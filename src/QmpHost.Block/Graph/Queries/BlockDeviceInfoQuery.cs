using QmpHost.Block.Bitmaps;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>What query-block and query-named-block-nodes tell of a node.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class BlockDeviceInfoQuery
{
    /// <summary>Describes all nodes, newest first.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="flat">Whether the images below are left out of each description.</param>
    /// <returns>The descriptions.</returns>
    public static async ValueTask<IReadOnlyList<BlockDeviceInfo>> DescribeAllAsync(BlockGraph graph, bool flat)
    {
        BlockNode[] nodes = [.. graph.OpenNodes.Reverse()];
        var infos = new BlockDeviceInfo[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            infos[i] = await DescribeAsync(nodes[i], flat);
        }

        return infos;
    }

    /// <summary>Describes one node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="flat">Whether the images below are left out.</param>
    /// <exception cref="QmpException">"Block device x is ejected": the image was given up because it contradicts itself.</exception>
    /// <returns>The description.</returns>
    public static async ValueTask<BlockDeviceInfo> DescribeAsync(BlockNode node, bool flat)
    {
        if (!node.Driver.HasMedium)
        {
            throw new QmpException($"Block device {node.NodeName} is ejected");
        }

        ImageInfo image = await ImageInfoQuery.DescribeAsync(node, withBackingChain: !flat);
        return new BlockDeviceInfo
        {
            File = image.Filename,
            NodeName = node.NodeName,
            Ro = node.ReadOnly,
            Drv = node.Driver.Descriptor.Name,
            BackingFile = node.CowChild is { } cow ? NodeFilename.Of(cow.Node) : null,
            Children = [.. node.Children.Reverse().Select(static child => new BlockdevChild { Child = child.Name, NodeName = child.Node.NodeName })],
            Active = node.IsActive,
            BackingFileDepth = flat ? 0 : CountBackingFiles(node),
            Encrypted = image.Encrypted ?? false,
            DetectZeroes = node.DetectZeroes,
            Bps = 0,
            BpsRd = 0,
            BpsWr = 0,
            Iops = 0,
            IopsRd = 0,
            IopsWr = 0,
            Image = image,
            Cache = node.CacheInfo,
            WriteThreshold = unchecked((long)node.WriteThreshold),
            DirtyBitmaps = DescribeBitmaps(node.Bitmaps),
        };
    }

    private static long CountBackingFiles(BlockNode node)
    {
        long depth = 0;
        for (BlockNode? backing = ImageInfoQuery.BackingOf(node); backing is not null; backing = ImageInfoQuery.BackingOf(backing))
        {
            depth++;
        }

        return depth;
    }

    private static BlockDirtyInfo[]? DescribeBitmaps(DirtyBitmapList bitmaps)
        => bitmaps.Count == 0 ? null : [.. bitmaps.NewestFirst.Select(bitmap => bitmap.ToInfo())];
}
