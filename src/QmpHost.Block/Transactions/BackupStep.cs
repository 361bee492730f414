using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Backup;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>blockdev-backup: the source is drained from here to the end of the transaction, so that all steps see one moment.</summary>
internal sealed class BackupStep(JobManager jobs, BlockdevBackup options, JobTransaction? group) : TransactionStep
{
    private BlockNode? _source;
    private DrainedSection? _drained;
    private BackupJob? _job;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        BlockNode source = jobs.Graph.LookUp(options.Device);
        BlockNode target = jobs.Graph.LookUp(options.Target);
        jobs.Graph.ChangeDrain.PulseFirst();
        jobs.Graph.Ref(source);
        _source = source;
        _drained = await source.DrainAsync();
        _job = await BackupJob.CreateAsync(jobs, options, source, target, group);
    }

    /// <inheritdoc/>
    public override void Commit() => _job!.Start();

    /// <inheritdoc/>
    public override ValueTask AbortAsync() => _job is null ? ValueTask.CompletedTask : _job.CancelAndWaitAsync();

    /// <inheritdoc/>
    public override ValueTask CleanAsync()
    {
        _drained?.Dispose();
        return _source is { } source ? jobs.Graph.UnrefAsync(source) : ValueTask.CompletedTask;
    }
}
