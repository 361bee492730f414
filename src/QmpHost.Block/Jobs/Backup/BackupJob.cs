using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.CopyBeforeWrite;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Backup;

/// <summary>
/// The backup job: copies a disk as it is at one moment to a target. A copy-before-write filter above the source
/// keeps that moment, and its engine does the copying in the background too.
/// </summary>
public sealed class BackupJob : BlockJob
{
    private const int ScansInRow = 1024;

    private readonly BackupRequest _request;
    private readonly BlockNode _filter;
    private readonly BlockCopyState _copy;
    private readonly BackupBitmap? _bitmap;
    private BlockCopyCall? _call;

    private BackupJob(JobManager manager, BackupRequest request, JobTransaction? transaction, BlockNode filter, BackupBitmap? bitmap)
        : base(manager, new JobOptions
        {
            Id = request.JobId,
            Type = JobType.Backup,
            Transaction = transaction,
            AutoFinalize = request.AutoFinalize,
            AutoDismiss = request.AutoDismiss,
        })
    {
        _request = request;
        _filter = filter;
        _bitmap = bitmap;
        _copy = ((CopyBeforeWriteDriver)filter.Driver).Copy;
        _copy.SetMethod(request.Compress, request.UseCopyRange);
        _copy.Progress = Progress;
    }

    /// <summary>Makes a backup job, with its filter in place; the caller has drained the source and starts the job.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="options">The arguments of blockdev-backup.</param>
    /// <param name="source">The source, looked up already.</param>
    /// <param name="target">The target, looked up already.</param>
    /// <param name="transaction">The transaction that the job takes part in, or null.</param>
    /// <exception cref="QmpException">It could not be made; nothing is left behind.</exception>
    /// <returns>The job, in state "created".</returns>
    public static async ValueTask<BackupJob> CreateAsync(
        JobManager jobs, BlockdevBackup options, BlockNode source, BlockNode target, JobTransaction? transaction)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        BackupRequest request = BackupRequest.Create(options, source, target);
        request.Check();
        BackupBitmap? bitmap = request.Bitmap is { } named ? new BackupBitmap(named, request.BitmapMode) : null;
        BlockNode? filter = null;
        try
        {
            filter = await InsertFilterAsync(jobs.Graph, request);
            CheckChunk(request, filter);
            if (request.DiscardSource)
            {
                ((CopyBeforeWriteDriver)filter.Driver).DiscardSource();
            }

            var job = new BackupJob(jobs, request, transaction, filter, bitmap);
            await job.SetUpAsync();
            return job;
        }
        catch
        {
            if (filter is not null)
            {
                await RemoveFilterAsync(filter);
            }

            bitmap?.Cancel();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        await ChooseAreasAsync();
        if (_request.Sync != MirrorSyncMode.None)
        {
            await CopyInBackgroundAsync();
            return;
        }

        // Everything may be copied, but only what the guest overwrites is, until the job is cancelled.
        while (!IsCancelled)
        {
            await YieldAsync();
        }
    }

    /// <inheritdoc/>
    protected override void OnCommit() => _bitmap?.Finish(succeeded: true, _copy.Bitmap.Bits);

    /// <inheritdoc/>
    protected override void OnAbort() => _bitmap?.Finish(succeeded: false, _copy.Bitmap.Bits);

    /// <inheritdoc/>
    protected override async ValueTask CleanAsync()
    {
        if (Graph.Context.Profile.Has(Behaviour.BackupFlushesSource))
        {
            await FlushSourceAsync();
        }

        await RemoveNodesAsync();
        await RemoveFilterAsync(_filter);
    }

    /// <inheritdoc/>
    protected override bool OnCancel(bool force)
    {
        _call?.Cancel();
        return true;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnPausingAsync()
    {
        if (_call is { IsFinished: false } call)
        {
            call.Cancel();
            await call.WaitFinishedAsync();
        }
    }

    /// <inheritdoc/>
    protected override void OnSpeedChanged(long speed)
    {
        _copy.Speed = speed;
        _call?.Kick();
    }

    /// <inheritdoc/>
    public override void LimitChanged()
    {
        _call?.Kick();
        base.LimitChanged();
    }

    private static ValueTask<BlockNode> InsertFilterAsync(BlockGraph graph, BackupRequest request)
        => graph.InsertFilterAsync(request.Source, new BlockdevOptions.CopyBeforeWrite
        {
            NodeName = request.FilterNodeName,
            File = new BlockdevRef.Reference(request.Source.NodeName),
            Target = new BlockdevRef.Reference(request.Target.NodeName),
            OnCbwError = request.OnCbwError,
            MinClusterSize = request.MinClusterSize,
        });

    // What fails is seen by whoever flushes next.
    private async ValueTask FlushSourceAsync()
    {
        try
        {
            await _filter.FilteredChild!.FlushAsync();
        }
        catch (BlockIOException)
        {
        }
    }

    private static async ValueTask RemoveFilterAsync(BlockNode filter)
    {
        await filter.Graph.RemoveFilterAsync(filter);
        await filter.Graph.UnrefAsync(filter);
    }

    private static void CheckChunk(BackupRequest request, BlockNode filter)
    {
        long clusterSize = ((CopyBeforeWriteDriver)filter.Driver).Copy.ClusterSize;
        if (request.MaxChunk > 0 && request.MaxChunk < clusterSize)
        {
            throw new QmpException($"Required max-chunk ({request.MaxChunk}) is less than backup cluster size ({clusterSize})");
        }
    }

    private async ValueTask SetUpAsync()
    {
        try
        {
            AddNode(_filter, "main node", BlockPermissions.None, BlockPermissions.All);
            ApplyInitialSpeed(_request.Speed);
            AddNode(_request.Target, "target", BlockPermissions.None, BlockPermissions.All);
        }
        catch
        {
            FailEarly();
            await RemoveNodesAsync();
            throw;
        }
    }

    /// <summary>Decides what is to be copied, and how much that is.</summary>
    private async ValueTask ChooseAreasAsync()
    {
        if (_request.Sync == MirrorSyncMode.Bitmap)
        {
            _copy.Bitmap.Bits.ResetAll();
            _copy.Bitmap.Bits.Merge(_bitmap!.Bitmap.Bits);
        }

        _copy.SkipUnallocated = _request.Sync == MirrorSyncMode.Top;
        Progress.SetRemaining(_copy.Remaining);
        if (_copy.SkipUnallocated)
        {
            await DropUnallocatedAsync();
        }
    }

    private async ValueTask DropUnallocatedAsync()
    {
        int inRow = 0;
        for (long offset = 0; offset < _copy.Length && !IsCancelled;)
        {
            await PausePointAsync();
            if (IsCancelled)
            {
                return;
            }

            offset += await _copy.DropIfUnallocatedAsync(offset);
            if (++inRow % ScansInRow == 0)
            {
                await Manager.Context.Loop.YieldAsync();
            }
        }

        // What is left is known to be held by the source's own layer.
        _copy.SkipUnallocated = false;
    }

    private async ValueTask CopyInBackgroundAsync()
    {
        var options = new BlockCopyOptions { MaxWorkers = (int)_request.MaxWorkers, MaxChunk = _request.MaxChunk };
        while (true)
        {
            await PausePointAsync();
            BlockCopyCall call = _call = _copy.Start(0, _copy.AlignedLength, options, _ => Enter());
            while (!call.IsFinished && !IsCancelled)
            {
                await YieldAsync();
            }

            if (!call.IsFinished)
            {
                call.Cancel();
                await call.WaitFinishedAsync();
            }

            if (IsCancelled || call.HasSucceeded)
            {
                return;
            }

            // What failed in a call that was cancelled, as for a pause, is tried again.
            if (!call.IsCancelled && call.Error != Errno.None)
            {
                HandleFailure(call);
            }
        }
    }

    private void HandleFailure(BlockCopyCall call)
    {
        BlockdevOnError onError = call.ErrorIsRead ? _request.OnSourceError : _request.OnTargetError;
        if (HandleError(onError, call.ErrorIsRead, call.Error) == BlockErrorAction.Report)
        {
            throw new BlockIOException(call.Error);
        }
    }
}
