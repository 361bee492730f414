using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>blockdev-snapshot-delete-internal-sync.</summary>
public static class SnapshotDeletion
{
    /// <summary>Deletes a snapshot of a disk.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="device">The device or node.</param>
    /// <param name="id">The snapshot's id, or null for any.</param>
    /// <param name="name">The snapshot's name, or null for any.</param>
    /// <exception cref="QmpException">There is none, or it cannot be deleted.</exception>
    /// <returns>What the snapshot was.</returns>
    public static async ValueTask<SnapshotInfo> RunAsync(BlockGraph graph, string device, string? id, string? name)
    {
        ArgumentNullException.ThrowIfNull(graph);
        graph.ChangeDrain.PulseFirst();
        BlockNode node = graph.LookUpRoot(device);
        if (id is null && name is null)
        {
            throw new QmpException("Name or id must be provided");
        }

        node.OpBlockers.Check(BlockOperation.InternalSnapshotDelete, node.DeviceOrNodeName);
        IInternalSnapshots? snapshots = NodeSnapshots.Find(node);
        SnapshotInfo snapshot = SnapshotLookup.Find(snapshots, id, name)
            ?? throw new QmpException($"Snapshot with id '{id ?? "null"}' and name '{name ?? "null"}' does not exist on device '{device}'");
        using DrainedSection drained = await node.DrainAsync();
        await snapshots!.DeleteAsync(snapshot.Id);
        return snapshot;
    }
}
