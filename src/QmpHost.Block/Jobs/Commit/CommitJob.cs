using QmpHost.Block.Copy;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Commit;

/// <summary>The commit job for images in the middle of a chain: copies what they hold to the image below and takes them out.</summary>
internal sealed class CommitJob : ChainJob
{
    private const long Memory = 16L * Chunk;

    private readonly CommitOptions _options;
    private BlockBackend? _base;
    private BlockBackend? _top;
    private BlockNode? _filter;
    private BlockCopyWorker? _worker;
    private bool _baseWasReadOnly;
    private FrozenChain? _chain;

    private CommitJob(JobManager manager, CommitOptions options)
        : base(
            manager,
            new JobOptions
            {
                Id = options.JobId,
                Type = JobType.Commit,
                AutoFinalize = options.AutoFinalize,
                AutoDismiss = options.AutoDismiss,
            },
            options.OnError)
        => _options = options;

    /// <inheritdoc/>
    protected override bool RetriesIgnored => true;

    private BlockNode Top => _options.Top;

    private BlockNode Base => _options.Base;

    /// <summary>Makes a commit job, with its filter in place, and starts it.</summary>
    /// <param name="jobs">The host's jobs.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="QmpException">It could not be made; nothing is left behind.</exception>
    /// <returns>A task that ends when it is started.</returns>
    public static async ValueTask StartAsync(JobManager jobs, CommitOptions options)
    {
        if (BackingChain.SkipFilters(options.Top) == BackingChain.SkipFilters(options.Base))
        {
            throw new QmpException("Invalid files for merge: top and base are the same");
        }

        var job = new CommitJob(jobs, options);
        try
        {
            await job.SetUpAsync();
        }
        catch
        {
            job.FailEarly();
            await job.UndoAsync();
            await job.RestoreBaseAsync();
            throw;
        }

        job.Start();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync()
    {
        BlockChild target = _base!.Child;
        long length = Top.Length;
        Progress.SetRemaining(length);
        if (Base.Length < length)
        {
            await target.TruncateAsync(length);
        }

        _worker = new BlockCopyWorker(_top!.Child, target, length, new CopyBufferPool(Manager.Context.Loop, Chunk, Memory))
        {
            ClusterSize = 1,
            Method = BlockCopyMethod.ReadWrite,
        };
        await ScanAsync(length);

        if (!IsCancelled)
        {
            // The images above are about to be forgotten: what they held must not be lost with the power. QEMU leaves that to luck.
            await target.FlushAsync();
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<(bool Copy, long Bytes)> LookAsync(long offset, long bytes)
    {
        (bool allocated, long found, _) = await Top.IsAllocatedAboveAsync(Base, includeBelow: false, offset, bytes);
        return (allocated, found);
    }

    /// <inheritdoc/>
    protected override async ValueTask<CopyResult> CopyAsync(long offset, long bytes)
    {
        CopyPlan plan = await _worker!.PlanAsync(offset, bytes);
        return await _worker.CopyAsync(offset, bytes, plan.Bytes >= bytes ? plan : plan with { Kind = CopyKind.Data });
    }

    /// <inheritdoc/>
    protected override async ValueTask PrepareAsync()
    {
        BlockNode filter = _filter!;
        _chain?.Thaw();

        // The base is to be read by those above again, who would not have it written to.
        await _base!.DeleteAsync();
        _base = null;
        await ChainCut.DropAsync(filter, Base, _options.BackingFile, _options.MasksProtocol);
        _filter = null;
        await Graph.UnrefAsync(filter);
    }

    /// <inheritdoc/>
    protected override async ValueTask CleanAsync()
    {
        if (_filter is not null)
        {
            await UndoAsync();
        }

        await RestoreBaseAsync();
    }

    private async ValueTask SetUpAsync()
    {
        AddNode(_options.Active, "main node", BlockPermissions.None, BlockPermissions.All);
        ApplyInitialSpeed(_options.Speed);
        if (Base.ReadOnly)
        {
            await ReadOnlySwitch.SetAsync(Base, readOnly: false);
            _baseWasReadOnly = true;
        }

        _filter = await Graph.InsertFilterAsync(Top, "backing", new CommitTopDriver(), _options.FilterNodeName, readOnly: true);
        using (Graph.ChangeDrain.Begin())
        {
            BlockIntermediateNodes();
            _chain = FrozenChain.Freeze(_filter, Base);
            AddNode(Base, "base", BlockPermissions.None, BlockPermissions.All);
        }

        BlockPermissions used = BlockPermissions.ConsistentRead | BlockPermissions.Write;
        if (Base.Length < Top.Length)
        {
            used |= BlockPermissions.Resize;
        }

        _base = new BlockBackend(Graph, "", used, BlockPermissions.ConsistentRead | BlockPermissions.WriteUnchanged);
        _base.Insert(Base);
        _top = new BlockBackend(Graph, "", BlockPermissions.None, BlockPermissions.All);
        _top.Insert(Top);
    }

    // They will be gone, and show the base's new data until then.
    private void BlockIntermediateNodes()
    {
        BlockPermissions shared = BlockPermissions.WriteUnchanged | BlockPermissions.Write;
        for (BlockNode node = Top; node != Base; node = (node.FilteredChild ?? node.CowChild)!.Node)
        {
            if (BackingChain.SkipFilters(node) == BackingChain.SkipFilters(Base))
            {
                shared |= BlockPermissions.ConsistentRead;
            }

            AddNode(node, "intermediate node", BlockPermissions.None, shared);
        }
    }

    private async ValueTask UndoAsync()
    {
        _chain?.Thaw();
        if (_base is { } written)
        {
            _base = null;
            await written.DeleteAsync();
        }

        await RemoveNodesAsync();
        if (_filter is { } filter)
        {
            _filter = null;
            await Graph.RemoveFilterAsync(filter);
            await Graph.UnrefAsync(filter);
        }
    }

    private async ValueTask RestoreBaseAsync()
    {
        if (_baseWasReadOnly)
        {
            _baseWasReadOnly = false;
            await ReadOnlySwitch.TrySetAsync(Base, readOnly: true);
        }

        if (_top is { } top)
        {
            _top = null;
            await top.DeleteAsync();
        }
    }
}
