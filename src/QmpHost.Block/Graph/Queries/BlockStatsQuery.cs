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
            ? [.. graph.Nodes.Select(Describe)]
            : [.. graph.Backends.Where(BlockInfoQuery.IsListed).Select(Describe)];

    private static BlockStats Describe(BlockBackend backend)
    {
        BlockStats? root = backend.Root is { } edge ? Describe(edge.Node) : null;
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

    private static BlockStats Describe(BlockNode node) => new()
    {
        NodeName = node.NodeName,
        Stats = MakeStats(null, node.HighestWriteOffset, countsFailures: false),
        DriverSpecific = node.Driver.DescribeStatistics(),
        Parent = node.PrimaryChild is { } below ? Describe(below.Node) : null,
        Backing = node.CowChild is { } cow ? Describe(cow.Node) : null,
    };

    private static BlockDeviceStats MakeStats(BlockAccounting? accounting, long highestOffset, bool countsFailures)
    {
        AccountingCounters read = Of(accounting, AccountingType.Read);
        AccountingCounters write = Of(accounting, AccountingType.Write);
        AccountingCounters flush = Of(accounting, AccountingType.Flush);
        AccountingCounters unmap = Of(accounting, AccountingType.Unmap);
        return new BlockDeviceStats
        {
            RdBytes = read.Bytes,
            WrBytes = write.Bytes,
            UnmapBytes = unmap.Bytes,
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
            AccountInvalid = countsFailures,
            AccountFailed = countsFailures,
            TimedStats = [],
        };
    }

    private static AccountingCounters Of(BlockAccounting? accounting, AccountingType type) => accounting?[type] ?? new AccountingCounters();
}
