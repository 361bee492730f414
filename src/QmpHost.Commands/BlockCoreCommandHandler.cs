using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Block.Jobs;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Block.Jobs.Mirror;
using QmpHost.Block.Jobs.Stream;
using QmpHost.Block.Transactions;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/block-core.json.</summary>
/// <param name="host">The host.</param>
public sealed class BlockCoreCommandHandler(HostServices host) : IBlockCoreCommands
{
    private readonly BlockGraph _graph = host.Layer.Graph;
    private readonly BitmapCommands _bitmaps = new(host.Layer.Graph);
    private readonly TransactionRunner _transactions = new(host.Layer.Jobs);
    private readonly JobManager _jobs = host.Layer.Jobs;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockInfo>> QueryBlockAsync(QueryBlockArguments arguments, CommandContext context)
        => BlockInfoQuery.DescribeAllAsync(_graph, arguments.Flat ?? false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockStats>> QueryBlockstatsAsync(QueryBlockstatsArguments arguments, CommandContext context)
        => ValueTask.FromResult(BlockStatsQuery.DescribeAll(_graph, arguments.QueryNodes ?? false));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockDeviceInfo>> QueryNamedBlockNodesAsync(QueryNamedBlockNodesArguments arguments, CommandContext context)
        => BlockDeviceInfoQuery.DescribeAllAsync(_graph, arguments.Flat ?? false);

    /// <inheritdoc/>
    public ValueTask BlockResizeAsync(BlockResizeArguments arguments, CommandContext context)
        => BlockResize.RunAsync(_graph, arguments.Device, arguments.NodeName, arguments.Size);

    /// <inheritdoc/>
    public ValueTask BlockSetWriteThresholdAsync(BlockSetWriteThresholdArguments arguments, CommandContext context)
    {
        BlockNode node = _graph.FindNode(arguments.NodeName) ?? throw new QmpException($"Device '{arguments.NodeName}' not found");
        node.WriteThreshold = arguments.WriteThreshold;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<XDbgBlockGraph> XDebugQueryBlockGraphAsync(CommandContext context)
        => ValueTask.FromResult(BlockGraphQuery.Describe(_graph, host.Layer.Jobs.DescribeInGraph()));

    /// <inheritdoc/>
    public async ValueTask BlockdevAddAsync(BlockdevOptions arguments, CommandContext context)
        => await _graph.AddMonitorNodeAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockdevReopenAsync(BlockdevReopenArguments arguments, CommandContext context)
        => _graph.ReopenAsync(arguments.Options);

    /// <inheritdoc/>
    public ValueTask XBlockdevChangeAsync(XBlockdevChangeArguments arguments, CommandContext context)
        => ChildChange.RunAsync(_graph, arguments.Parent, arguments.Child, arguments.Node);

    /// <inheritdoc/>
    public ValueTask BlockdevDelAsync(BlockdevDelArguments arguments, CommandContext context)
        => _graph.DeleteMonitorNodeAsync(arguments.NodeName);

    /// <inheritdoc/>
    public ValueTask BlockdevSetActiveAsync(BlockdevSetActiveArguments arguments, CommandContext context)
        => NodeActivation.SetAsync(_graph, arguments.NodeName, arguments.Active);

    /// <inheritdoc/>
    public ValueTask BlockdevCreateAsync(BlockdevCreateArguments arguments, CommandContext context)
        => CreateJob.StartAsync(host.Layer.Jobs, arguments.JobId, arguments.Options);

    /// <inheritdoc/>
    public ValueTask XBlockdevAmendAsync(XBlockdevAmendArguments arguments, CommandContext context)
        => AmendJob.StartAsync(host.Layer.Jobs, arguments.JobId, arguments.NodeName, arguments.Options, arguments.Force ?? false);

    /// <inheritdoc/>
    public async ValueTask XBlockdevSetIothreadAsync(XBlockdevSetIothreadArguments arguments, CommandContext context)
    {
        _graph.DrainFirst();
        BlockNode node = _graph.GetNode(arguments.NodeName);
        if (arguments.Force != true && node.Parents.Any(static edge => edge.Parent is BlockBackend))
        {
            throw new QmpException($"Node {node.NodeName} is associated with a BlockBackend and could be in use (use force=true to override this check)");
        }

        if (arguments.Iothread is not StrOrNull.Str { Value: var id })
        {
            return;
        }

        if (host.Objects.FindAt<IoThreadObject>(id) is null)
        {
            throw new QmpException($"Cannot find iothread {id}");
        }

        // All iothreads of a host are its event loop: what is left of the move is that nothing is under way.
        (await node.DrainAsync()).Dispose();
    }

    /// <inheritdoc/>
    public ValueTask BlockdevBackupAsync(BlockdevBackup arguments, CommandContext context)
        => _transactions.RunBackupAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockdevSnapshotAsync(BlockdevSnapshot arguments, CommandContext context)
        => _transactions.RunSnapshotAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockdevSnapshotSyncAsync(BlockdevSnapshotSync arguments, CommandContext context)
        => _transactions.RunSnapshotAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockdevSnapshotInternalSyncAsync(BlockdevSnapshotInternal arguments, CommandContext context)
        => _transactions.RunSnapshotAsync(arguments);

    /// <inheritdoc/>
    public ValueTask<SnapshotInfo> BlockdevSnapshotDeleteInternalSyncAsync(
        BlockdevSnapshotDeleteInternalSyncArguments arguments, CommandContext context)
        => SnapshotDeletion.RunAsync(_graph, arguments.Device, arguments.Id, arguments.Name);

    /// <inheritdoc/>
    public ValueTask ChangeBackingFileAsync(ChangeBackingFileArguments arguments, CommandContext context)
        => BackingNameChange.RunAsync(_graph, arguments.Device, arguments.ImageNodeName, arguments.BackingFile);

    /// <inheritdoc/>
    public ValueTask BlockdevMirrorAsync(BlockdevMirrorArguments arguments, CommandContext context)
        => MirrorRequest.RunAsync(host.Layer.Jobs, arguments);

    /// <inheritdoc/>
    public ValueTask DriveMirrorAsync(DriveMirror arguments, CommandContext context)
        => DriveMirrorRequest.RunAsync(host.Layer.Jobs, arguments);

    /// <inheritdoc/>
    public ValueTask DriveBackupAsync(DriveBackup arguments, CommandContext context) => _transactions.RunBackupAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockCommitAsync(BlockCommitArguments arguments, CommandContext context)
        => CommitRequest.RunAsync(host.Layer.Jobs, arguments);

    /// <inheritdoc/>
    public ValueTask BlockStreamAsync(BlockStreamArguments arguments, CommandContext context)
        => StreamRequest.RunAsync(host.Layer.Jobs, arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapAddAsync(BlockDirtyBitmapAdd arguments, CommandContext context) => _bitmaps.AddAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapRemoveAsync(BlockDirtyBitmap arguments, CommandContext context) => _bitmaps.RemoveAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapClearAsync(BlockDirtyBitmap arguments, CommandContext context) => _bitmaps.ClearAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapEnableAsync(BlockDirtyBitmap arguments, CommandContext context) => _bitmaps.EnableAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapDisableAsync(BlockDirtyBitmap arguments, CommandContext context) => _bitmaps.DisableAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockDirtyBitmapMergeAsync(BlockDirtyBitmapMerge arguments, CommandContext context) => _bitmaps.MergeAsync(arguments);

    /// <inheritdoc/>
    public ValueTask<BlockDirtyBitmapSha256> XDebugBlockDirtyBitmapSha256Async(BlockDirtyBitmap arguments, CommandContext context)
        => ValueTask.FromResult(_bitmaps.Sha256(arguments));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockJobInfo>> QueryBlockJobsAsync(CommandContext context)
        => ValueTask.FromResult(host.Layer.Jobs.QueryBlockJobs());

    /// <inheritdoc/>
    public ValueTask BlockJobChangeAsync(BlockJobChangeOptions arguments, CommandContext context)
    {
        BlockJob job = host.Layer.Jobs.GetBlockJob(arguments.Id);
        job.CheckVerb(JobVerb.Change);
        return job.ChangeAsync(arguments);
    }

    /// <inheritdoc/>
    public ValueTask BlockJobSetSpeedAsync(BlockJobSetSpeedArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Device, job =>
        {
            job.UserSetSpeed(arguments.Speed);
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask BlockJobCancelAsync(BlockJobCancelArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Device, job =>
        {
            bool force = arguments.Force ?? false;
            return job.IsUserPaused && !force
                ? throw new QmpException($"The block job for device '{job.Id}' is currently paused")
                : job.UserCancelAsync(force);
        });

    /// <inheritdoc/>
    public ValueTask BlockJobPauseAsync(BlockJobPauseArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Device, static job =>
        {
            job.UserPause();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask BlockJobResumeAsync(BlockJobResumeArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Device, static job =>
        {
            job.UserResume();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask BlockJobCompleteAsync(BlockJobCompleteArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Device, static job =>
        {
            job.UserComplete();
            return ValueTask.CompletedTask;
        });

    /// <inheritdoc/>
    public ValueTask BlockJobDismissAsync(BlockJobDismissArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Id, static job => job.UserDismissAsync());

    /// <inheritdoc/>
    public ValueTask BlockJobFinalizeAsync(BlockJobFinalizeArguments arguments, CommandContext context)
        => _jobs.SteerBlockJobAsync(arguments.Id, static job => job.UserFinalizeAsync());
}
