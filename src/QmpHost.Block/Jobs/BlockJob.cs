using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>
/// A job that works on nodes: it holds them, forbids conflicting operations on them, pauses while they are drained,
/// has a speed limit and an I/O status, and tells of its course with BLOCK_JOB_* events.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public abstract class BlockJob : Job, IBlockParent
{
    private readonly List<BlockChild> _nodes = [];
    private readonly string _blockReason;

    /// <summary>Makes a job in state "created". The derived class adds its nodes and then calls <see cref="ApplyInitialSpeed"/>.</summary>
    /// <param name="manager">The host's jobs.</param>
    /// <param name="options">What it is started with.</param>
    /// <exception cref="QmpException">The id is not valid or is taken.</exception>
    protected BlockJob(JobManager manager, JobOptions options)
        : base(manager, options) => _blockReason = $"block device is in use by block job: {Type.ToWire()}";

    /// <summary>The speed limit in bytes per second; 0 means none.</summary>
    public long Speed { get; private set; }

    /// <summary>Whether an error with action "stop" has paused the job, and which.</summary>
    public BlockDeviceIoStatus IoStatus { get; private set; } = BlockDeviceIoStatus.Ok;

    /// <summary>The edges to the nodes that the job holds, newest first.</summary>
    public IReadOnlyList<BlockChild> Nodes => _nodes;

    /// <summary>Whether the job itself waits for a drained section of one of its nodes, or holds one.</summary>
    protected bool IsDraining { get; set; }

    /// <summary>Whether it keeps a drained section open until a client finalizes it, or ends another job of its transaction.</summary>
    internal bool HoldsSectionForCommand => IsDraining && (Status is JobStatus.Waiting || (Status is JobStatus.Pending && !AutoFinalize));

    /// <summary>The block layer's graph.</summary>
    protected BlockGraph Graph => Manager.Graph;

    /// <summary>
    /// Whether the client has raised or lifted the limit since the job last worked out how long to rest: that rest is not taken
    /// then, since nobody would wake the job from it.
    /// </summary>
    protected bool IsLimitRaised { get; set; }

    /// <summary>Changes the speed limit for the client.</summary>
    /// <param name="speed">The limit in bytes per second; 0 means none.</param>
    /// <exception cref="QmpException">The state does not accept it, or the value is negative.</exception>
    public void UserSetSpeed(long speed)
    {
        CheckVerb(JobVerb.SetSpeed);
        if (speed < 0)
        {
            throw new QmpException("Parameter 'speed' expects a non-negative value");
        }

        long old = Speed;
        Speed = speed;
        OnSpeedChanged(speed);
        if (speed == 0 || speed > old)
        {
            IsLimitRaised = true;
            EnterIfSleeping();
        }
    }

    /// <summary>The job as query-block-jobs shows it.</summary>
    /// <returns>The description.</returns>
    public BlockJobInfo DescribeBlockJob() => BlockJobInfo.Of(
        Type,
        DescribeBranch(),
        device: Id,
        len: Progress.Total,
        offset: Progress.Current,
        busy: IsBusy,
        paused: ShouldPause,
        speed: Speed,
        ioStatus: IoStatus,
        ready: IsReady,
        status: Status,
        autoFinalize: AutoFinalize,
        autoDismiss: AutoDismiss,
        error: ErrorText);

    /// <summary>block-job-change: changes options of the running job.</summary>
    /// <param name="options">The options.</param>
    /// <returns>A task that ends when they are in force.</returns>
    /// <exception cref="QmpException">"Job type does not support change", or they cannot be changed so.</exception>
    public virtual ValueTask ChangeAsync(BlockJobChangeOptions options) => throw new QmpException("Job type does not support change");

    /// <summary>What query-block-jobs shows of jobs of this type alone.</summary>
    /// <returns>The part of the description, or null for none.</returns>
    protected virtual IBlockJobInfoBranch? DescribeBranch() => null;

    /// <summary>A job keeps its nodes when their other users move to a filter or a copy.</summary>
    bool IBlockParent.StaysAtNode => true;

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child) => $"{Type.ToWire()} job '{Id}'";

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child) => Pause();

    /// <summary>A job whose code has ended holds a drained section up until its end was dealt with; one that waits for the section does not.</summary>
    bool IBlockParent.IsBusy(BlockChild child) => IsBusy && !IsCompleted && !IsDraining;

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child) => Resume();

    /// <summary>Sets the limit that the job was started with, once its nodes are there.</summary>
    /// <param name="speed">The limit in bytes per second; 0 means none.</param>
    /// <exception cref="QmpException">The value is negative.</exception>
    protected void ApplyInitialSpeed(long speed)
    {
        if (speed != 0)
        {
            UserSetSpeed(speed);
        }
    }

    /// <summary>Takes hold of a node and forbids operations on it, until the job is forgotten.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">The edge's name.</param>
    /// <param name="used">What the job does with it.</param>
    /// <param name="shared">What it lets others do.</param>
    /// <exception cref="QmpException">A permission conflict.</exception>
    /// <returns>The edge.</returns>
    protected BlockChild AddNode(BlockNode node, string name, BlockPermissions used, BlockPermissions shared)
    {
        // The job's first node comes with the job itself, which the nodes are drained for.
        BlockChild edge = _nodes.Count == 0
            ? Graph.AttachDrained(this, node, name, ChildRole.None, used, shared)
            : Graph.Attach(this, node, name, ChildRole.None, used, shared);
        _nodes.Insert(0, edge);
        node.OpBlockers.BlockAll(this, _blockReason);
        return edge;
    }

    /// <summary>Lets all nodes go.</summary>
    /// <returns>A task that ends when they are released.</returns>
    protected async ValueTask RemoveNodesAsync()
    {
        using ChangeDrain.Section change = Graph.ChangeDrain.Begin();
        while (_nodes.Count > 0)
        {
            BlockChild edge = _nodes[0];
            _nodes.RemoveAt(0);
            edge.Node.OpBlockers.UnblockAll(this);
            await Graph.DetachAsync(edge);
        }
    }

    /// <inheritdoc/>
    protected override void OnIdle() => Graph.NotifyIdle();

    /// <inheritdoc/>
    protected override ValueTask FreeAsync() => RemoveNodesAsync();

    /// <inheritdoc/>
    protected override void OnUserResume() => IoStatus = BlockDeviceIoStatus.Ok;

    /// <inheritdoc/>
    protected override void OnPending() => Emit(new BlockJobPendingEvent { Type = Type, Id = Id });

    /// <inheritdoc/>
    protected override void OnReady() => Emit(new BlockJobReadyEvent
    {
        Type = Type,
        Device = Id,
        Len = Progress.Total,
        Offset = Progress.Current,
        Speed = Speed,
    });

    /// <inheritdoc/>
    protected override void OnEnded(bool cancelled) => Emit(cancelled ? (QapiEvent)DescribeCancellation() : DescribeCompletion());

    /// <summary>The speed limit has changed.</summary>
    /// <param name="speed">The limit in bytes per second; 0 means none.</param>
    protected virtual void OnSpeedChanged(long speed)
    {
    }

    /// <summary>Decides what to do about an error, tells of it, and pauses the job where the answer is "stop".</summary>
    /// <param name="onError">What the client chose.</param>
    /// <param name="isRead">Whether reading failed rather than writing.</param>
    /// <param name="errno">The error.</param>
    /// <returns>What to do.</returns>
    protected BlockErrorAction HandleError(BlockdevOnError onError, bool isRead, Errno errno)
    {
        BlockErrorAction action = ChooseAction(onError, errno);
        Emit(new BlockJobErrorEvent
        {
            Device = Id,
            Operation = isRead ? IoOperationType.Read : IoOperationType.Write,
            Action = action,
        });
        if (action == BlockErrorAction.Stop)
        {
            if (!IsUserPaused)
            {
                PauseAsUser();
            }

            if (IoStatus == BlockDeviceIoStatus.Ok)
            {
                IoStatus = errno == Errno.ENOSPC ? BlockDeviceIoStatus.Nospace : BlockDeviceIoStatus.Failed;
            }
        }

        return action;
    }

    private static BlockErrorAction ChooseAction(BlockdevOnError onError, Errno errno) => onError switch
    {
        BlockdevOnError.Enospc or BlockdevOnError.Auto => errno == Errno.ENOSPC ? BlockErrorAction.Stop : BlockErrorAction.Report,
        BlockdevOnError.Stop => BlockErrorAction.Stop,
        BlockdevOnError.Ignore => BlockErrorAction.Ignore,
        _ => BlockErrorAction.Report,
    };

    private BlockJobCancelledEvent DescribeCancellation() => new()
    {
        Type = Type,
        Device = Id,
        Len = Progress.Total,
        Offset = Progress.Current,
        Speed = Speed,
    };

    private BlockJobCompletedEvent DescribeCompletion() => new()
    {
        Type = Type,
        Device = Id,
        Len = Progress.Total,
        Offset = Progress.Current,
        Speed = Speed,
        Error = ErrorText,
    };

    private void Emit(QapiEvent qapiEvent) => Manager.Context.Events.Emit(qapiEvent);
}
