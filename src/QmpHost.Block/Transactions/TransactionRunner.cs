using System.Diagnostics;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>
/// The command "transaction": several actions that take effect together or not at all. Commands that QEMU carries out
/// as a transaction of one action (blockdev-backup) come here too, which shows in the drains that they cause.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="jobs">The host's jobs, with the graph that they work on.</param>
public sealed class TransactionRunner(JobManager jobs)
{
    /// <summary>transaction.</summary>
    /// <param name="actions">What to do, in this order.</param>
    /// <param name="properties">How the jobs that are started complete; null for each by itself.</param>
    /// <exception cref="QmpException">An action failed; those before it were taken back.</exception>
    /// <returns>A task that ends with the command.</returns>
    public async ValueTask RunAsync(IReadOnlyList<TransactionAction> actions, TransactionProperties? properties = null)
    {
        ArgumentNullException.ThrowIfNull(actions);
        bool grouped = properties?.CompletionMode == ActionCompletionMode.Grouped;
        JobTransaction? group = grouped ? new JobTransaction() : null;
        if (grouped && jobs.Graph.Context.Profile.Has(Behaviour.TransactionsCheckedFirst))
        {
            CheckGrouping(actions);
        }

        await RunAsync(actions.Select(action => MakeStep(action, group)));
    }

    /// <summary>blockdev-backup.</summary>
    /// <param name="options">The arguments.</param>
    /// <exception cref="QmpException">The job could not be started.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public async ValueTask RunBackupAsync(BlockdevBackup options)
    {
        ArgumentNullException.ThrowIfNull(options);
        await RunAsync([new BackupStep(jobs, options, group: null)]);
    }

    /// <summary>drive-backup.</summary>
    /// <param name="options">The arguments.</param>
    /// <exception cref="QmpException">The job could not be started; there may be a new image file.</exception>
    /// <returns>A task that ends with the command; the job goes on.</returns>
    public ValueTask RunBackupAsync(DriveBackup options) => RunAsync([new DriveBackupStep(jobs, options, group: null)]);

    /// <summary>blockdev-snapshot.</summary>
    /// <param name="options">The arguments.</param>
    /// <exception cref="QmpException">The snapshot could not be taken; nothing has changed.</exception>
    /// <returns>A task that ends with the command.</returns>
    public ValueTask RunSnapshotAsync(BlockdevSnapshot options) => RunAsync([new SnapshotStep(jobs.Graph, options)]);

    /// <summary>blockdev-snapshot-sync.</summary>
    /// <param name="options">The arguments.</param>
    /// <exception cref="QmpException">The snapshot could not be taken; nothing has changed but that there may be a new image file.</exception>
    /// <returns>A task that ends with the command.</returns>
    public ValueTask RunSnapshotAsync(BlockdevSnapshotSync options) => RunAsync([new SnapshotStep(jobs.Graph, options)]);

    /// <summary>blockdev-snapshot-internal-sync.</summary>
    /// <param name="options">The arguments.</param>
    /// <exception cref="QmpException">The snapshot could not be taken; nothing has changed.</exception>
    /// <returns>A task that ends with the command.</returns>
    public ValueTask RunSnapshotAsync(BlockdevSnapshotInternal options) => RunAsync([new InternalSnapshotStep(jobs.Graph, options)]);

    private async ValueTask RunAsync(IEnumerable<TransactionStep> steps)
    {
        // What was about to end ends here, jobs included, so that the actions find the nodes free.
        using (await jobs.Graph.DrainAllAsync())
        {
            await jobs.SettleAsync();
        }

        var begun = new List<TransactionStep>();
        try
        {
            foreach (TransactionStep step in steps)
            {
                begun.Add(step);
                await step.PrepareAsync();
            }
        }
        catch
        {
            await RollBackAsync(begun);
            throw;
        }

        foreach (TransactionStep step in begun)
        {
            step.Commit();
        }

        foreach (TransactionStep step in begun)
        {
            await step.CleanAsync();
        }

        await jobs.PollAsync();
    }

    private static void CheckGrouping(IReadOnlyList<TransactionAction> actions)
    {
        foreach (TransactionAction action in actions)
        {
            if (action.Type is not (TransactionActionKind.BlockdevBackup or TransactionActionKind.DriveBackup))
            {
                throw new QmpException($"Action '{action.Type.ToWire()}' does not support transaction property completion-mode = grouped");
            }
        }
    }

    private static async ValueTask RollBackAsync(List<TransactionStep> begun)
    {
        try
        {
            for (int i = begun.Count - 1; i >= 0; i--)
            {
                await begun[i].AbortAsync();
            }
        }
        finally
        {
            // Whatever happens, no node stays drained.
            for (int i = begun.Count - 1; i >= 0; i--)
            {
                await begun[i].CleanAsync();
            }
        }
    }

    private TransactionStep MakeStep(TransactionAction action, JobTransaction? group)
    {
        if (group is not null && action.Type is not (TransactionActionKind.BlockdevBackup or TransactionActionKind.DriveBackup or TransactionActionKind.Abort))
        {
            return new AbortStep($"Action '{action.Type.ToWire()}' does not support Transaction property completion-mode = grouped");
        }

        return action.Branch switch
        {
            AbortWrapper => new AbortStep("Transaction aborted using Abort action"),
            BlockdevBackupWrapper { Data: var data } => new BackupStep(jobs, data, group),
            DriveBackupWrapper { Data: var data } => new DriveBackupStep(jobs, data, group),
            BlockdevSnapshotWrapper { Data: var data } => new SnapshotStep(jobs.Graph, data),
            BlockdevSnapshotInternalWrapper { Data: var data } => new InternalSnapshotStep(jobs.Graph, data),
            BlockdevSnapshotSyncWrapper { Data: var data } => new SnapshotStep(jobs.Graph, data),
            BlockDirtyBitmapAddWrapper { Data: var data } => new BitmapStep(step => AddAsync(step, data)),
            BlockDirtyBitmapMergeWrapper { Data: var data } => new BitmapStep(step => ValueTask.FromResult(Merge(step.Hold(OwnerOf(data.Node)), data))),
            BlockDirtyBitmapWrapper { Data: var data } => new BitmapStep(step => ValueTask.FromResult(Change(step.Hold(OwnerOf(data.Node)), action.Type, data.Name))),
            _ => throw new UnreachableException(),
        };
    }

    private ValueTask<DirtyBitmapChange> AddAsync(BitmapStep step, BlockDirtyBitmapAdd data)
    {
        // The name is looked at before the node is looked for.
        var addition = new DirtyBitmapAddition(data.Name, data.Granularity, data.Persistent ?? false, data.Disabled ?? false);
        return DirtyBitmapOperations.AddAsync(step.Hold(jobs.Graph.LookUp(data.Node)), addition);
    }

    private DirtyBitmapChange Merge(DirtyBitmapList list, BlockDirtyBitmapMerge data)
        => DirtyBitmapOperations.Merge(list, data.Target, data.Bitmaps.Select(source => source switch
        {
            BlockDirtyBitmapOrStr.Local name => list.Get(name.Value),
            BlockDirtyBitmapOrStr.External { Value: var other } => OwnerOf(other.Node).Bitmaps.Get(other.Name),
            _ => throw new UnreachableException(),
        }));

    private static DirtyBitmapChange Change(DirtyBitmapList list, TransactionActionKind kind, string name)
        => kind switch
        {
            TransactionActionKind.BlockDirtyBitmapClear => DirtyBitmapOperations.Clear(list, name),
            TransactionActionKind.BlockDirtyBitmapEnable => DirtyBitmapOperations.Enable(list, name),
            TransactionActionKind.BlockDirtyBitmapDisable => DirtyBitmapOperations.Disable(list, name),
            TransactionActionKind.BlockDirtyBitmapRemove => DirtyBitmapOperations.Remove(list, name),
            _ => throw new UnreachableException(),
        };

    private BlockNode OwnerOf(string nodeName)
        => jobs.Graph.FindBackend(nodeName)?.Root?.Node ?? jobs.Graph.FindNode(nodeName)
            ?? throw new QmpException($"Node '{nodeName}' not found");
}
