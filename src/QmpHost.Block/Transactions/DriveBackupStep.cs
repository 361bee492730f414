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
    private BlockNode? _source;
    private DrainedSection? _drained;
    private BackupJob? _job;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        BlockNode source = jobs.Graph.LookUp(options.Device);
        jobs.Graph.Ref(source);
        _source = source;
        _drained = await source.DrainAsync();
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
    public override ValueTask CleanAsync()
    {
        _drained?.Dispose();
        return _source is { } source ? jobs.Graph.UnrefAsync(source) : ValueTask.CompletedTask;
    }

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

        BlockdevOptions opened = await LateBacking.FindOptionsAsync(graph, options.Target, format);
        if (options.Sync == MirrorSyncMode.None)
        {
            opened = LateBacking.WithoutBacking(opened);
        }

        NodeFlags flags = source.Flags with
        {
            ReadOnly = false,
            ForceShare = false,
            Unmap = true,
            DetectZeroes = BlockdevDetectZeroesOptions.Unmap,
        };
        return await graph.Opener.OpenAsync(opened, flags);
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
