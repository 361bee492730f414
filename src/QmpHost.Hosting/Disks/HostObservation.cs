using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;

namespace QmpHost.Hosting.Disks;

/// <summary>Looks at a whole host. In a main turn.</summary>
internal static class HostObservation
{
    public static async ValueTask<HostState> TakeAsync(BlockHost host)
    {
        BlockLayer layer = host.Services.Layer;
        return new HostState(
            host.Clock.Now,
            await BlockDeviceInfoQuery.DescribeAllAsync(layer.Graph, flat: false),
            BlockGraphQuery.Describe(layer.Graph, layer.Jobs.DescribeInGraph()),
            [.. layer.Graph.Nodes.SelectMany(Bitmaps)],
            layer.Jobs.QueryJobs(),
            layer.Exports.Query(),
            host.Services.RunState.State);
    }

    private static IEnumerable<BitmapState> Bitmaps(BlockNode node)
        => node.Bitmaps.NewestFirst.Select(bitmap => new BitmapState(node.NodeName, bitmap.ToInfo(), HostDisks.RangesOf(bitmap.Bits)));
}
