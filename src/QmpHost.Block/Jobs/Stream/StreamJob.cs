using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Filters;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Stream;

/// <summary>The stream job: copies what backing files hold into a disk, which then does without them.</summary>
internal sealed class StreamJob : ChainJob
{
    // A prefetch says with its buffer only how much is meant.
    private static readonly byte[] Unused = new byte[Chunk];

    private readonly StreamOptions _options;
    private readonly BlockNode _filter;
    private readonly BlockNode _disk;
    private readonly bool _wasReadOnly;
    private BlockBackend? _backend;
    private bool _isFilterInPlace = true;

    private StreamJob(JobManager manager, StreamOptions options, BlockNode filter, bool wasReadOnly)
        : base(
            manager,
            new JobOptions
            {
                Id = options.JobId,
                Type = JobType.Stream,
                AutoFinalize = options.AutoFinalize,
                AutoDismiss = options.AutoDismiss,
            },
            options.OnError)
    {
        _options = options;
        _filter = filter;
        _disk = BackingChain.SkipFilters(options.Disk);
        _wasReadOnly = wasReadOnly;
    }

    /// <inheritdoc/>
    protected override bool RetriesIgnored => false;

    /// <summary>Makes a stream job, with its filter in place, and starts it.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="QmpException">It could not be made; nothing is left behind.</exception>
    /// <returns>A task that ends when it is started.</returns>
    public static async ValueTask StartAsync(JobManager jobs, StreamOptions options)
    {
        bool wasReadOnly = options.Disk.ReadOnly;
        if (wasReadOnly)
        {
            await ReadOnlySwitch.SetAsync(options.Disk, readOnly: false);
        }

        BlockNode? filter = null;
        StreamJob? job = null;
        try
        {
            filter = await InsertFilterAsync(options);
            job = new StreamJob(jobs, options, filter, wasReadOnly);
            job.AddNodes();
        }
        catch
        {
            await UndoAsync(filter, job);
            if (wasReadOnly)
            {
                await ReadOnlySwitch.TrySetAsync(options.Disk, readOnly: true);
            }

            throw;
        }

        job.Start();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        if (_disk == _options.Bottom)
        {
            return;
        }

        long length = _options.Disk.Length;
        Progress.SetRemaining(length);
        await ScanAsync(length);

        if (!IsCancelled)
        {
            // What was copied must be stable before the image's header forgets where it came from. QEMU leaves that to luck.
            await _backend!.Child.FlushAsync();
        }

        if (IgnoredError != Errno.None)
        {
            // What could not be copied is still needed.
            throw new BlockIOException(IgnoredError);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<(bool Copy, long Bytes)> LookAsync(long offset, long bytes)
    {
        (bool inDisk, long known, _) = await _disk.IsAllocatedAboveAsync(_disk, includeBelow: true, offset, bytes);
        if (inDisk || _disk == _options.Bottom || _disk.CowChild is not { } backing)
        {
            return (false, known);
        }

        (bool inChain, long count, _) = await backing.Node.IsAllocatedAboveAsync(_options.Bottom, includeBelow: true, offset, known);
        return (inChain, count);
    }

    /// <inheritdoc/>
    protected override async ValueTask<CopyResult> CopyAsync(long offset, long bytes)
    {
        try
        {
            await _backend!.Child.ReadAsync(offset, Unused.AsMemory(0, (int)bytes), RequestFlags.Prefetch);
            return default;
        }
        catch (BlockIOException e)
        {
            return new CopyResult(e.Errno, IsRead: true);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask PrepareAsync()
    {
        await RemoveFilterAsync();
        if (_disk.CowChild is null)
        {
            return;
        }

        BlockNode? lowest = (_options.AboveBase.FilteredChild ?? _options.AboveBase.CowChild)?.Node;
        BlockNode? named = lowest is null ? null : BackingChain.SkipFilters(lowest);
        string? name = named is null ? null : _options.BackingFile ?? NodeFilename.Of(named);
        try
        {
            await Graph.SetBackingAsync(_disk, lowest);
        }
        catch (QmpException e)
        {
            Manager.Context.Report(ReportKind.Failure, e.Message);
            throw new BlockIOException(Errno.EPERM, e);
        }

        await BackingLink.RenameAsync(_disk, name, named is null ? null : BackingLink.FormatOf(named, _options.MasksProtocol));
    }

    /// <inheritdoc/>
    protected override async ValueTask CleanAsync()
    {
        await RemoveFilterAsync();
        await _backend!.DeleteAsync();
        if (_wasReadOnly)
        {
            await ReadOnlySwitch.TrySetAsync(_options.Disk, readOnly: true);
        }
    }

    private static async ValueTask<BlockNode> InsertFilterAsync(StreamOptions options)
    {
        BlockNode filter = await options.Disk.Graph.InsertFilterAsync(options.Disk, new BlockdevOptions.CopyOnRead
        {
            NodeName = options.FilterNodeName,
            File = new BlockdevRef.Reference(options.Disk.NodeName),
            Bottom = options.Bottom.NodeName,
        });
        filter.IsImplicit = options.FilterNodeName is null;
        return filter;
    }

    private static async ValueTask RemoveFilterAsync(BlockNode filter)
    {
        await ((CopyOnReadDriver)filter.Driver).ReleaseChainAsync();
        await filter.Graph.RemoveFilterAsync(filter, filter.Graph.Context.Profile.Has(Behaviour.StreamFilterKeepsChild));
        await filter.Graph.UnrefAsync(filter);
    }

    private static async ValueTask UndoAsync(BlockNode? filter, StreamJob? job)
    {
        if (job is not null)
        {
            job.FailEarly();
            await job.RemoveNodesAsync();
            if (job._backend is { } backend)
            {
                await backend.DeleteAsync();
            }
        }

        if (filter is not null)
        {
            await RemoveFilterAsync(filter);
        }
    }

    private void AddNodes()
    {
        const BlockPermissions Reading = BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged;
        AddNode(_filter, "main node", BlockPermissions.None, BlockPermissions.All);
        ApplyInitialSpeed(_options.Speed);
        _backend = new BlockBackend(Graph, "", BlockPermissions.ConsistentRead, Reading | BlockPermissions.Write);
        _backend.Insert(_filter);
        using ChangeDrain.Section change = Graph.ChangeDrain.Begin();
        AddNode(_options.Disk, "active node", BlockPermissions.None, Reading | BlockPermissions.Write);

        // Each block is read once: nobody may change it afterwards.
        for (BlockNode node = _options.Disk; node != _options.AboveBase;)
        {
            node = (node.FilteredChild ?? node.CowChild)!.Node;
            AddNode(node, "intermediate node", BlockPermissions.None, Reading);
        }
    }

    private async ValueTask RemoveFilterAsync()
    {
        if (_isFilterInPlace)
        {
            _isFilterInPlace = false;
            await RemoveFilterAsync(_filter);
        }
    }
}
