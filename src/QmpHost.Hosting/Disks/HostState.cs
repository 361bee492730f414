using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Disks;

/// <summary>What a host is made of at one moment: between two commands, with nothing half done.</summary>
/// <param name="Time">The time by the host's clock.</param>
/// <param name="Nodes">The nodes, as query-named-block-nodes lists them.</param>
/// <param name="Graph">Nodes, devices, jobs and exports, and what leads from one to the other.</param>
/// <param name="Bitmaps">The dirty bitmaps.</param>
/// <param name="Jobs">The jobs.</param>
/// <param name="Exports">The exports.</param>
/// <param name="Status">Whether the guest runs.</param>
public sealed record HostState(
    DateTimeOffset Time,
    IReadOnlyList<BlockDeviceInfo> Nodes,
    XDbgBlockGraph Graph,
    IReadOnlyList<BitmapState> Bitmaps,
    IReadOnlyList<JobInfo> Jobs,
    IReadOnlyList<BlockExportInfo> Exports,
    RunState Status)
{
    /// <summary>A bitmap.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="name">The bitmap's name.</param>
    /// <returns>The bitmap, or null if there is none.</returns>
    public BitmapState? FindBitmap(string node, string name) => Bitmaps.FirstOrDefault(bitmap => bitmap.Node == node && bitmap.Info.Name == name);
}

/// <summary>A dirty bitmap.</summary>
/// <param name="Node">The name of the node that it belongs to.</param>
/// <param name="Info">The bitmap as listings show it.</param>
/// <param name="Dirty">What it has marked, in order, whole granules.</param>
public sealed record BitmapState(string Node, BlockDirtyInfo Info, IReadOnlyList<ByteRange> Dirty);
