using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>What query-block tells of the backends that have a name or a device.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class BlockInfoQuery
{
    /// <summary>Describes all such backends, oldest first.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="flat">Whether the images below are left out of each description.</param>
    /// <returns>The descriptions.</returns>
    public static async ValueTask<IReadOnlyList<BlockInfo>> DescribeAllAsync(BlockGraph graph, bool flat = false)
    {
        var infos = new List<BlockInfo>();
        foreach (BlockBackend backend in graph.AllBackends.Where(IsListed).ToArray())
        {
            infos.Add(await DescribeAsync(backend, flat));
        }

        return infos;
    }

    /// <summary>Whether listings show a backend.</summary>
    /// <param name="backend">The backend.</param>
    /// <returns>True if it has a name or a device.</returns>
    internal static bool IsListed(BlockBackend backend) => backend.Name.Length > 0 || backend.Device is not null;

    private static async ValueTask<BlockInfo> DescribeAsync(BlockBackend backend, bool flat) => new()
    {
        Device = backend.Name,
        Qdev = backend.Device?.IdOrPath,
        Type = "unknown",
        Removable = backend.Device?.IsRemovable ?? true,
        Locked = backend.Device?.IsLocked ?? false,
        TrayOpen = backend.Device?.IsTrayOpen,
        IoStatus = backend.KeepsIoStatus ? BlockDeviceIoStatus.Ok : null,
        Inserted = backend.Root is { Node.Driver.HasMedium: true } root ? await DescribeMediumAsync(backend, BackingChain.SkipImplicit(root.Node), flat) : null,
    };

    private static async ValueTask<BlockDeviceInfo> DescribeMediumAsync(BlockBackend backend, BlockNode node, bool flat)
    {
        BlockDeviceInfo info = await BlockDeviceInfoQuery.DescribeAsync(node, flat);
        info = backend.HasWriteCache ? info : info with { Cache = info.Cache with { Writeback = false } };
        return backend.Throttle is { } throttle ? WithLimits(info, throttle) : info;
    }

    private static BlockDeviceInfo WithLimits(BlockDeviceInfo info, IRequestThrottle throttle)
    {
        ThrottleLimits limits = throttle.Limits;
        return info with
        {
            Bps = limits.BpsTotal ?? 0,
            BpsRd = limits.BpsRead ?? 0,
            BpsWr = limits.BpsWrite ?? 0,
            Iops = limits.IopsTotal ?? 0,
            IopsRd = limits.IopsRead ?? 0,
            IopsWr = limits.IopsWrite ?? 0,
            BpsMax = IfAny(limits.BpsTotalMax),
            BpsRdMax = IfAny(limits.BpsReadMax),
            BpsWrMax = IfAny(limits.BpsWriteMax),
            IopsMax = IfAny(limits.IopsTotalMax),
            IopsRdMax = IfAny(limits.IopsReadMax),
            IopsWrMax = IfAny(limits.IopsWriteMax),
            BpsMaxLength = IfBurst(limits.BpsTotalMax, limits.BpsTotalMaxLength),
            BpsRdMaxLength = IfBurst(limits.BpsReadMax, limits.BpsReadMaxLength),
            BpsWrMaxLength = IfBurst(limits.BpsWriteMax, limits.BpsWriteMaxLength),
            IopsMaxLength = IfBurst(limits.IopsTotalMax, limits.IopsTotalMaxLength),
            IopsRdMaxLength = IfBurst(limits.IopsReadMax, limits.IopsReadMaxLength),
            IopsWrMaxLength = IfBurst(limits.IopsWriteMax, limits.IopsWriteMaxLength),
            IopsSize = IfAny(limits.IopsSize),
            Group = throttle.GroupName,
        };
    }

    private static long? IfAny(long? limit) => limit is null or 0 ? null : limit;

    private static long? IfBurst(long? limit, long? length) => IfAny(limit) is null ? null : length;
}
