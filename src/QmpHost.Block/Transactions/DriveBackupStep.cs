using QmpHost.Block.Drivers;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Backup;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Transactions;

/// <summary>drive-backup: makes or opens the target's image, then starts a backup; the source is drained as for blockdev-backup.</summary>
internal sealed class DriveBackupStep(JobManager jobs, DriveBackup options, JobTransaction? group) : TransactionStep
{
    private DrainedNode? _source;
    private BackupJob? _job;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        _source = await DrainedNode.FindAsync(() => jobs.Graph.LookUp(options.Device));
        BlockNode source = _source.Node;
        source.OpBlockers.Check(BlockOperation.BackupSource, source.DeviceOrNodeName);
        BlockNode? backing = options.Sync switch
        {
            MirrorSyncMode.Top => BackingChain.CowBelow(source),
            MirrorSyncMode.None => source,
            _ => null,
        };
        MirrorSyncMode sync = options.Sync == MirrorSyncMode.Top && backing is null ? MirrorSyncMode.Full : options.Sync;
        BlockNode target = await OpenTargetAsync(source, backing);
        try
        {
            jobs.Graph.ChangeDrain.PulseFirst();
            if (sync == MirrorSyncMode.None)
            {
                await jobs.Graph.SetBackingAsync(target, source);
            }

            _job = await BackupJob.CreateAsync(jobs, ToNodes(target, sync), source, target, group);
        }
        finally
        {
            await jobs.Graph.UnrefAsync(target);
        }
    }

    /// <inheritdoc/>
    public override void Commit() => _job!.Start();

    /// <inheritdoc/>
    public override ValueTask AbortAsync() => _job is null ? ValueTask.CompletedTask : _job.CancelAndWaitAsync();

    /// <inheritdoc/>
    public override ValueTask CleanAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async ValueTask<BlockNode> OpenTargetAsync(BlockNode source, BlockNode? backing)
    {
        BlockGraph graph = jobs.Graph;
        string? format = options.Format;
        if (options.Mode != NewImageMode.Existing)
        {
            format ??= source.Driver.Descriptor.Name;
            await ImageMaker.CreateAsync(
                graph,
                options.Target,
                format,
                source.Length,
                backing is null ? null : NodeFilename.Of(backing),
                backing?.Driver.Descriptor.Name);
        }

        NodeFlags flags = source.Flags with
        {
            ReadOnly = false,
            ForceShare = false,
            Unmap = true,
            DetectZeroes = BlockdevDetectZeroesOptions.Unmap,
        };
        return await LateBacking.OpenTargetAsync(source, options.Target, format, null, flags, options.Sync != MirrorSyncMode.None);
    }

    private BlockdevBackup ToNodes(BlockNode target, MirrorSyncMode sync) => new()
    {
        JobId = options.JobId,
        Device = options.Device,
        Sync = sync,
        Speed = options.Speed,
        Bitmap = options.Bitmap,
        BitmapMode = options.BitmapMode,
        Compress = options.Compress,
        OnSourceError = options.OnSourceError,
        OnTargetError = options.OnTargetError,
        AutoFinalize = options.AutoFinalize,
        AutoDismiss = options.AutoDismiss,
        FilterNodeName = options.FilterNodeName,
        XPerf = options.XPerf,
        Target = target.NodeName,
    };
}
