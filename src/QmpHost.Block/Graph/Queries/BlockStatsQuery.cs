using QmpHost.Block.Graph.Requests;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>What query-blockstats tells of backends, or of nodes.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class BlockStatsQuery
{
    /// <summary>Describes all backends that have a name or a device, or all nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nodes">Whether nodes are described rather than backends.</param>
    /// <returns>The descriptions, oldest first.</returns>
    public static IReadOnlyList<BlockStats> DescribeAll(BlockGraph graph, bool nodes)
        => nodes
            ? [.. graph.OpenNodes.Select(static node => Describe(node, withBacking: false))]
            : [.. graph.AllBackends.Where(BlockInfoQuery.IsListed).Select(Describe)];

    private static BlockStats Describe(BlockBackend backend)
    {
        BlockStats? root = backend.Root is { } edge ? Describe(BackingChain.SkipImplicit(edge.Node), withBacking: true) : null;
        return new BlockStats
        {
            Device = backend.Name,
            Qdev = backend.Device?.IdOrPath,
            NodeName = root?.NodeName,
            Stats = MakeStats(backend.Accounting, root?.Stats.WrHighestOffset ?? 0, countsFailures: true),
            DriverSpecific = root?.DriverSpecific,
            Parent = root?.Parent,
            Backing = root?.Backing,
        };
    }

    private static BlockStats Describe(BlockNode node, bool withBacking) => new()
    {
        NodeName = node.NodeName,
        Stats = MakeStats(null, node.HighestWriteOffset, countsFailures: false),
        DriverSpecific = node.Driver.DescribeStatistics(),
        Parent = StorageOf(node) is { } storage ? Describe(storage, withBacking) : null,
        Backing = withBacking && BlockStatusWalker.Below(node) is { } below ? Describe(below, withBacking) : null,
    };

    // The child that holds the data: the one that stands for the node, or else the only one that qualifies.
    private static BlockNode? StorageOf(BlockNode node)
    {
        const ChildRole Storing = ChildRole.Data | ChildRole.Filtered;
        if (node.PrimaryChild is { } primary && (primary.Role & Storing) != 0)
        {
            return primary.Node;
        }

        BlockChild[] candidates = [.. node.Children.Where(static c => (c.Role & Storing) != 0)];
        return candidates.Length == 1 ? candidates[0].Node : null;
    }

    private static BlockDeviceStats MakeStats(BlockAccounting? accounting, long highestOffset, bool countsFailures)
    {
        AccountingCounters read = Of(accounting, AccountingType.Read);
        AccountingCounters write = Of(accounting, AccountingType.Write);
        AccountingCounters flush = Of(accounting, AccountingType.Flush);
        AccountingCounters unmap = Of(accounting, AccountingType.Unmap);
        AccountingCounters zoneAppend = Of(accounting, AccountingType.ZoneAppend);
        return new BlockDeviceStats
        {
            RdBytes = read.Bytes,
            WrBytes = write.Bytes,
            UnmapBytes = unmap.Bytes,

            // There are no zoned devices.
            ZoneAppendBytes = 0,
            ZoneAppendOperations = 0,
            ZoneAppendTotalTimeNs = 0,
            ZoneAppendMerged = 0,
            FailedZoneAppendOperations = 0,
            InvalidZoneAppendOperations = 0,
            RdOperations = read.Operations,
            WrOperations = write.Operations,
            FlushOperations = flush.Operations,
            UnmapOperations = unmap.Operations,
            RdTotalTimeNs = read.TotalNanoseconds,
            WrTotalTimeNs = write.TotalNanoseconds,
            FlushTotalTimeNs = flush.TotalNanoseconds,
            UnmapTotalTimeNs = unmap.TotalNanoseconds,
            WrHighestOffset = highestOffset,

            // Requests are merged by devices that are not here.
            RdMerged = 0,
            WrMerged = 0,
            UnmapMerged = 0,
            IdleTimeNs = accounting?.IdleNanoseconds,
            FailedRdOperations = read.Failed,
            FailedWrOperations = write.Failed,
            FailedFlushOperations = flush.Failed,
            FailedUnmapOperations = unmap.Failed,
            InvalidRdOperations = read.Invalid,
            InvalidWrOperations = write.Invalid,
            InvalidFlushOperations = flush.Invalid,
            InvalidUnmapOperations = unmap.Invalid,
            AccountInvalid = countsFailures && accounting?.CountsInvalid != false,
            AccountFailed = countsFailures && accounting?.CountsFailed != false,
            TimedStats = [],
            RdLatencyHistogram = read.Histogram?.Describe(),
            WrLatencyHistogram = write.Histogram?.Describe(),
            ZoneAppendLatencyHistogram = zoneAppend.Histogram?.Describe(),
            FlushLatencyHistogram = flush.Histogram?.Describe(),
        };
    }

    private static AccountingCounters Of(BlockAccounting? accounting, AccountingType type) => accounting?[type] ?? new AccountingCounters();
}
