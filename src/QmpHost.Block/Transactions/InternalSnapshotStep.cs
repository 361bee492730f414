using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>blockdev-snapshot-internal-sync: the disk is drained from here to the end of the transaction; a rollback deletes the snapshot.</summary>
internal sealed class InternalSnapshotStep(BlockGraph graph, BlockdevSnapshotInternal options) : TransactionStep
{
    private DrainedNode? _drained;
    private SnapshotInfo? _taken;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        _drained = await DrainedNode.FindAsync(() => graph.LookUpRoot(options.Device));
        BlockNode node = _drained.Node;
        node.OpBlockers.Check(BlockOperation.InternalSnapshot, node.DeviceOrNodeName);
        if (node.ReadOnly)
        {
            throw new QmpException($"Device '{options.Device}' is read only");
        }

        if (!NodeSnapshots.CanTake(node))
        {
            throw new QmpException(
                $"Block format '{node.Driver.Descriptor.Name}' used by device '{options.Device}' does not support internal snapshots");
        }

        if (options.Name.Length == 0)
        {
            throw new QmpException("Name is empty");
        }

        IInternalSnapshots snapshots = NodeSnapshots.Get(node);
        if (SnapshotLookup.List(snapshots).Any(snapshot => snapshot.Name == options.Name))
        {
            throw new QmpException($"Snapshot with name '{options.Name}' already exists on device '{options.Device}'");
        }

        _taken = await TakeAsync(snapshots);
    }

    /// <inheritdoc/>
    public override async ValueTask AbortAsync()
    {
        if (_taken is not { } taken)
        {
            return;
        }

        try
        {
            await NodeSnapshots.Get(_drained!.Node).DeleteAsync(taken.Id);
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            graph.Context.Report(
                ReportKind.Failure,
                $"Failed to delete snapshot with id '{taken.Id}' and name '{taken.Name}' on device '{options.Device}' in abort: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public override ValueTask CleanAsync() => _drained?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<SnapshotInfo> TakeAsync(IInternalSnapshots snapshots)
    {
        try
        {
            return await snapshots.CreateAsync(SnapshotMoment.Describe(graph.Context, options.Name));
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to create snapshot '{options.Name}' on device '{options.Device}': {e.Message}", e);
        }
    }
}
