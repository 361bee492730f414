using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Backup;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>blockdev-backup: the source is drained from here to the end of the transaction, so that all steps see one moment.</summary>
internal sealed class BackupStep(JobManager jobs, BlockdevBackup options, JobTransaction? group) : TransactionStep
{
    private DrainedNode? _source;
    private BackupJob? _job;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        BlockGraph graph = jobs.Graph;
        graph.LookUp(options.Device);
        graph.LookUp(options.Target);
        graph.ChangeDrain.PulseFirst();
        _source = await DrainedNode.FindAsync(() => graph.LookUp(options.Device));
        _job = await BackupJob.CreateAsync(jobs, options, _source.Node, graph.LookUp(options.Target), group);
    }

    /// <inheritdoc/>
    public override void Commit() => _job!.Start();

    /// <inheritdoc/>
    public override ValueTask AbortAsync() => _job is null ? ValueTask.CompletedTask : _job.CancelAndWaitAsync();

    /// <inheritdoc/>
    public override ValueTask CleanAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;
}
