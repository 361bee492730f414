using QmpHost.Block.Bitmaps;
using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>
/// The mirror job: copies a disk, and what is written to it meanwhile, until a client has the disk's users go over to
/// the copy. An active commit is one, into a backing file of the disk.
/// </summary>
internal sealed class MirrorJob : BlockJob
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);

    private readonly MirrorOptions _options;
    private readonly BlockNode _filter;
    private readonly BlockBackend _target;
    private readonly DirtyBitmap _dirty;

    // The node that has the bitmap: all writes to the source pass the filter too.
    private readonly BlockNode _marked;
    private readonly MirrorTopDriver _top;
    private MirrorCopier? _copier;
    private ActiveMirror? _active;
    private BlockNode? _replaced;
    private Errno _error;
    private bool _shouldComplete;
    private FrozenChain? _chain;
    private bool _hasEnded;
    private MirrorCopyMode _copyMode;
    private bool _isActivelySynced;

    private MirrorJob(JobManager manager, MirrorOptions options, BlockNode filter)
        : base(manager, new JobOptions
        {
            Id = options.JobId,
            Type = options.IsCommit ? JobType.Commit : JobType.Mirror,
            AutoFinalize = options.AutoFinalize,
            AutoDismiss = options.AutoDismiss,
        })
    {
        _options = options;
        _filter = filter;
        _top = (MirrorTopDriver)filter.Driver;
        _target = MakeTarget();
        long granularity = options.Granularity == 0 ? options.Target.Bitmaps.DefaultGranularity : options.Granularity;
        _marked = filter.Graph.Context.Profile.Has(Behaviour.MirrorBitmapOnFilter) ? filter : options.Source;
        _dirty = _marked.Bitmaps.CreateAnonymous(granularity);
        _dirty.IsShownRecording = _marked == options.Source;
        _copyMode = options.CopyMode;
        _dirty.IsEnabled = _copyMode == MirrorCopyMode.Background;
    }

    private BlockNode Source => _options.Source;

    private BlockNode Target => _options.Target;

    /// <summary>Makes a mirror job, with its filter in place, and starts it.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="QmpException">It could not be made; nothing is left behind.</exception>
    /// <returns>A task that ends when it is started.</returns>
    public static async ValueTask StartAsync(JobManager jobs, MirrorOptions options)
    {
        Check(options);
        BlockNode filter = await jobs.Graph.InsertFilterAsync(
            options.Source, "backing", new MirrorTopDriver(options.IsCommit), options.FilterNodeName);
        MirrorJob job;
        try
        {
            job = new MirrorJob(jobs, options, filter);
        }
        catch
        {
            await RemoveFilterAsync(filter);
            throw;
        }

        try
        {
            job.AddNodes();
        }
        catch
        {
            await job.AbandonAsync();
            throw;
        }

        job.Start();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        try
        {
            await MirrorAsync();
        }
        finally
        {
            if (_copier is { } copier)
            {
                await copier.WaitAllAsync();
            }

            if (!IsDraining)
            {
                await DrainSourceAsync();
            }
        }
    }

    /// <inheritdoc/>
    protected override ValueTask PrepareAsync() => EndAsync(succeeded: true);

    /// <inheritdoc/>
    protected override ValueTask CleanAsync() => _hasEnded ? ValueTask.CompletedTask : EndAsync(succeeded: false);

    /// <inheritdoc/>
    protected override bool OnCancel(bool force)
    {
        bool hard = force || !IsReady;
        if (hard && _active is { } active)
        {
            active.IsOn = false;
        }

        return hard;
    }

    /// <inheritdoc/>
    protected override void OnComplete()
    {
        if (_options.Replaces is { } name)
        {
            BlockNode node = Graph.FindNode(name) ?? throw new QmpException($"Node name '{name}' not found");
            if (_replaced is null)
            {
                _replaced = node;
                node.OpBlockers.BlockAll(_options, "block device is in use by block-job-complete");
                Graph.Ref(node);
            }
        }

        _shouldComplete = true;
        if (!IsPaused)
        {
            Enter();
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask OnPausingAsync()
    {
        if (_copier is { } copier)
        {
            await copier.WaitAllAsync();
        }
    }

    /// <inheritdoc/>
    protected override void OnSpeedChanged(long speed)
    {
        if (_copier is { } copier)
        {
            copier.Speed = speed;
        }
    }

    private static void Check(MirrorOptions options)
    {
        if (options.BufferSize < 0)
        {
            throw new QmpException("Invalid parameter 'buf-size'");
        }

        if (BackingChain.SkipFilters(options.Source) == BackingChain.SkipFilters(options.Target))
        {
            throw new QmpException("Can't mirror node into itself");
        }
    }

    private static async ValueTask RemoveFilterAsync(BlockNode filter)
    {
        ((MirrorTopDriver)filter.Driver).IsStopped = true;
        await filter.Graph.RemoveFilterAsync(filter);
        await filter.Graph.UnrefAsync(filter);
    }

    private BlockBackend MakeTarget()
    {
        BlockPermissions used = BlockPermissions.Write;
        BlockPermissions shared = BlockPermissions.WriteUnchanged;
        if (BackingChain.Contains(Source, Target))
        {
            shared |= BlockPermissions.ConsistentRead | BlockPermissions.Write;
            if (Target.Length < Source.Length)
            {
                used |= BlockPermissions.Resize;
            }
        }
        else if (BackingChain.Contains(Source, BackingChain.SkipFilters(Target)))
        {
            // The target is a filter over the source's chain.
            shared |= BlockPermissions.ConsistentRead | BlockPermissions.Write;
        }

        return new BlockBackend(Graph, "", used, shared) { ToleratesInactive = true };
    }

    private void AddNodes()
    {
        const BlockPermissions Writing = BlockPermissions.Write | BlockPermissions.WriteUnchanged;
        AddNode(_filter, "main node", BlockPermissions.ConsistentRead, Writing | BlockPermissions.ConsistentRead);
        ApplyInitialSpeed(_options.Speed);
        RequireActiveTarget();
        _target.Insert(Target);
        using ChangeDrain.Section change = Graph.ChangeDrain.Begin();
        AddNode(Source, "source", BlockPermissions.None, Writing | BlockPermissions.ConsistentRead);
        AddNode(Target, "target", BlockPermissions.None, BlockPermissions.All);
        if (!BackingChain.Contains(Source, Target))
        {
            return;
        }

        BlockPermissions shared = Writing;
        for (BlockNode node = Source; node != Target; node = (node.FilteredChild ?? node.CowChild)!.Node)
        {
            // Filters over the target show what the target shows.
            if (BackingChain.SkipFilters(node) == BackingChain.SkipFilters(Target))
            {
                shared |= BlockPermissions.ConsistentRead;
            }

            if (node != Source)
            {
                AddNode(node, "intermediate node", BlockPermissions.None, shared);
            }
        }

        _chain = FrozenChain.Freeze(_filter, Target);
    }

    // Its backend bears that the target becomes inactive, but not that it is so from the start.
    private void RequireActiveTarget()
    {
        if (!Target.IsActive && Graph.Context.Profile.Has(Behaviour.InactiveNodesSaySo))
        {
            throw new QmpException($"Permission '{PermissionText.Names(_target.Used)}' unavailable on inactive node");
        }
    }

    private async ValueTask AbandonAsync()
    {
        FailEarly();
        _marked.Bitmaps.Release(_dirty);
        await RemoveNodesAsync();
        await _target.DeleteAsync();
        await RemoveFilterAsync(_filter);
    }

    private async ValueTask MirrorAsync()
    {
        if (IsCancelled)
        {
            return;
        }

        await MatchLengthsAsync();
        if (Source.Length == 0)
        {
            await WaitForCompletionAsync();
            return;
        }

        MirrorCopier copier = _copier = MakeCopier();
        if (!_options.OnlyNewWrites)
        {
            await FindAreasAsync(copier);
        }

        while (!IsCancelled && !await StepAsync(copier))
        {
        }
    }

    /// <inheritdoc/>
    public override ValueTask ChangeAsync(BlockJobChangeOptions options)
    {
        if (Type != JobType.Mirror)
        {
            return base.ChangeAsync(options);
        }

        // Options of any other type are taken for the default mode.
        MirrorCopyMode wanted = (options.Branch as BlockJobChangeOptionsMirror)?.CopyMode ?? MirrorCopyMode.Background;
        if (wanted == _copyMode)
        {
            return ValueTask.CompletedTask;
        }

        if (wanted == MirrorCopyMode.Background)
        {
            throw new QmpException("Change to copy mode 'background' is not implemented");
        }

        // Writes that began before go on being noted, so that the bitmap stays on: at worst an area is copied twice.
        _copyMode = wanted;
        if (_copier is { } copier)
        {
            _top.Active = _active = new ActiveMirror(copier, _target.Child, Progress, NoteFailure);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override IBlockJobInfoBranch? DescribeBranch()
        => _options.IsCommit ? null : new BlockJobInfoMirror { ActivelySynced = _isActivelySynced };

    private MirrorCopier MakeCopier()
    {
        var copier = new MirrorCopier(
            _filter.FilteredChild!, _target.Child, _dirty, _options with { Speed = Speed }, Progress.Add, NoteFailure);
        if (_copyMode == MirrorCopyMode.WriteBlocking)
        {
            _top.Active = _active = new ActiveMirror(copier, _target.Child, Progress, NoteFailure);
        }

        return copier;
    }

    // The base of an active commit is made as long as what is committed to it; any other target has to have that length.
    private async ValueTask MatchLengthsAsync()
    {
        if (!_options.IsCommit)
        {
            if (Source.Length != Target.Length)
            {
                throw new QmpException("Source and target image have different sizes");
            }
        }
        else if (Source.Length > Target.Length)
        {
            await _target.Child.TruncateAsync(Source.Length);
        }
    }

    private async ValueTask WaitForCompletionAsync()
    {
        MoveToReady();
        while (!IsCancelRequested && !_shouldComplete)
        {
            await YieldAsync();
        }
    }

    private async ValueTask FindAreasAsync(MirrorCopier copier)
    {
        if (_options.OverwriteAll && _options.Base is null)
        {
            if (!MirrorCopier.CanUnmap(Target))
            {
                _dirty.Bits.SetAll();
                return;
            }

            await ZeroTargetAsync(copier);
        }

        await FindAllocatedAsync();
    }

    private async ValueTask ZeroTargetAsync(MirrorCopier copier)
    {
        const long Piece = 1L << 30;
        for (long offset = 0; offset < copier.Length && !IsCancelled; offset += Piece)
        {
            await PausePointAsync();
            ThrowIfFailed();
            while (copier.InFlight >= MirrorCopier.MaxInFlight)
            {
                await copier.WaitOneAsync();
            }

            copier.StartZeroing(offset, Math.Min(Piece, copier.Length - offset));
        }

        await copier.WaitAllAsync();
    }

    private async ValueTask FindAllocatedAsync()
    {
        int inRow = 0;
        for (long offset = 0; offset < Source.Length && !IsCancelled;)
        {
            await PausePointAsync();
            ThrowIfFailed();
            (bool allocated, long bytes, _) = await Source.IsAllocatedAboveAsync(_options.Base, includeBelow: false, offset, Source.Length - offset);
            if (allocated)
            {
                _dirty.Bits.Set(offset, bytes);
            }

            offset += bytes;
            if (++inRow % 1024 == 0)
            {
                await Manager.Context.Loop.YieldAsync();
            }
        }
    }

    /// <summary>One step of the copy.</summary>
    /// <returns>Whether both sides are equal and the job is to end.</returns>
    private async ValueTask<bool> StepAsync(MirrorCopier copier)
    {
        ThrowIfFailed();
        await PausePointAsync();
        if (IsCancelled)
        {
            return false;
        }

        Progress.SetRemaining(_dirty.Count + copier.BytesInFlight + (_active?.BytesInFlight ?? 0));
        TimeSpan delay = TimeSpan.Zero;
        if (IoStatus == BlockDeviceIoStatus.Ok)
        {
            if (copier.MustWait)
            {
                await copier.WaitOneAsync();
                return false;
            }

            copier.Room = IsReady ? long.MaxValue : Progress.Room(copier.BytesInFlight, copier.Unit);
            if (copier.Room == 0)
            {
                await (copier.InFlight > 0 ? copier.WaitOneAsync() : RestAtLimitAsync());
                return false;
            }

            delay = _dirty.Count != 0 ? await copier.CopySomeAsync() : TimeSpan.Zero;
        }

        bool shouldComplete = false;
        if (copier.IsIdle)
        {
            if (!IsReady && !await BecomeReadyAsync())
            {
                return false;
            }

            _isActivelySynced = _copyMode == MirrorCopyMode.WriteBlocking && _dirty.Count == 0;

            shouldComplete = _shouldComplete || IsCancelRequested;
            if (shouldComplete)
            {
                return await TryEndAsync(copier);
            }
        }

        await RestAsync(copier, delay);
        return false;
    }

    // What the guest writes once the job is ready is copied without a limit, or there would be no end.
    private async ValueTask RestAsync(MirrorCopier copier, TimeSpan delay)
    {
        if (IsReady)
        {
            delay = copier.IsIdle ? Idle : TimeSpan.Zero;
        }

        if (delay > TimeSpan.Zero)
        {
            await SleepAsync(delay);
        }
        else if (!ShouldPause)
        {
            await Manager.Context.Loop.YieldAsync();
        }
    }

    private async ValueTask<bool> BecomeReadyAsync()
    {
        // The bitmap counts whole pieces, so that more was said to be left than the disk holds.
        Progress.SetRemaining(_dirty.Count + (_active?.BytesInFlight ?? 0));
        if (!await FlushAsync())
        {
            return false;
        }

        // What was written meanwhile goes on being copied: from now on a cancelled job ends with a copy of some moment.
        MoveToReady();
        return true;
    }

    private async ValueTask<bool> TryEndAsync(MirrorCopier copier)
    {
        await DrainSourceAsync();
        if (copier.IsIdle && await FlushAsync())
        {
            return true;
        }

        ReleaseSource();
        return false;
    }

    private async ValueTask DrainSourceAsync()
    {
        // A job cannot wait for a drained section where it was entered: what entered it, a command say, ends first.
        await Manager.Context.Loop.YieldAsync();
        IsDraining = true;
        Graph.NotifyIdle();
        await Source.DrainBeginAsync();
    }

    private void ReleaseSource()
    {
        IsDraining = false;
        Source.DrainEnd();
    }

    private async ValueTask<bool> FlushAsync()
    {
        try
        {
            await _target.Child.FlushAsync();
            return true;
        }
        catch (BlockIOException e)
        {
            NoteFailure(new CopyResult(e.Errno, IsRead: false));
            return false;
        }
    }

    private void NoteFailure(CopyResult result)
    {
        BlockdevOnError onError = result.IsRead ? _options.OnSourceError : _options.OnTargetError;
        if (HandleError(onError, result.IsRead, result.Errno) == BlockErrorAction.Report && _error == Errno.None)
        {
            _error = result.Errno;
            _isActivelySynced = false;
            if (_active is { } active)
            {
                active.IsOn = false;
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_error != Errno.None)
        {
            throw new BlockIOException(_error);
        }
    }

    /// <summary>Takes the filter out, with the target in the place of the source if the job was told to complete.</summary>
    private async ValueTask EndAsync(bool succeeded)
    {
        _hasEnded = true;
        _chain?.Thaw();
        _marked.Bitmaps.Release(_dirty);
        Graph.Ref(Source);
        Graph.Ref(Target);

        // The target goes to new users who may want to write: the job does so no more.
        await _target.DeleteAsync();
        await _filter.DrainBeginAsync();
        await Target.DrainBeginAsync();
        try
        {
            _top.Active = null;
            _top.IsStopped = true;
            Graph.RefreshPermissions(_filter);
            if (succeeded)
            {
                await SetTargetBackingAsync();
            }

            if (succeeded && _shouldComplete)
            {
                await ReplaceAsync(_replaced ?? Source);
            }
        }
        finally
        {
            await LeaveAsync(succeeded);
        }
    }

    private async ValueTask LeaveAsync(bool succeeded)
    {
        await ForgetReplacedAsync();
        await RemoveNodesAsync();
        await Graph.RemoveFilterAsync(_filter);
        if (!succeeded && _options.TargetWasReadOnly && Graph.Context.Profile.Has(Behaviour.EndedCommitRestoresBase))
        {
            await ReadOnlySwitch.TrySetAsync(Target, readOnly: true);
        }

        Target.DrainEnd();
        if (IsDraining)
        {
            ReleaseSource();
        }

        _filter.DrainEnd();
        await Graph.UnrefAsync(_filter);
        await Graph.UnrefAsync(Target);
        await Graph.UnrefAsync(Source);
    }

    private async ValueTask ForgetReplacedAsync()
    {
        if (_replaced is { } node)
        {
            _replaced = null;
            node.OpBlockers.UnblockAll(_options);
            await Graph.UnrefAsync(node);
        }
    }

    private async ValueTask SetTargetBackingAsync()
    {
        BlockNode target = BackingChain.SkipFilters(Target);
        switch (_options.BackingMode)
        {
            case MirrorBackingMode.TakeFromSource:
                await Graph.SetBackingAsync(target, _options.OnlyNewWrites ? Source : _options.Base);
                break;
            case MirrorBackingMode.Open:
                await BackingFileOpener.OpenLateAsync(target);
                break;
            default:
                break;
        }
    }

    private async ValueTask ReplaceAsync(BlockNode replaced)
    {
        if (replaced.ReadOnly != Target.ReadOnly)
        {
            await ReadOnlySwitch.TrySetAsync(Target, replaced.ReadOnly);
        }

        if (!MirrorReplacement.IsPossible(Source, replaced))
        {
            Manager.Context.Report(ReportKind.Failure,
                $"Can no longer replace '{replaced.NodeName}' by '{Target.NodeName}', because it can no longer be guaranteed that "
                + "doing so would not lead to an abrupt change of visible data");
            throw new BlockIOException(Errno.EPERM);
        }

        try
        {
            await Graph.ReplaceNodeAsync(replaced, Target);
        }
        catch (QmpException e)
        {
            Manager.Context.Report(ReportKind.Failure, e.Message);
            throw new BlockIOException(Errno.EPERM, e);
        }
    }
}
