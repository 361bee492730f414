using System.Runtime.CompilerServices;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>
/// A user of the graph from outside: a device, an export, a job, a qemu-io command. It has at most one root, its own
/// permissions and its own statistics, and holds its requests back while the root is drained.
/// </summary>
/// <remarks>
/// Used on the host's event loop only. Requests fail with <see cref="BlockIOException"/>: EIO when the area does not lie
/// within the disk, ENOMEDIUM when there is no root, and whatever the disk gives.
/// </remarks>
public sealed class BlockBackend : IBlockParent
{
    private readonly BackendGate _gate;

    // Whether it has given up its permissions for as long as its root is inactive.
    private bool _isSuspended;

    /// <summary>Makes a backend without a root.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="description">How permission errors name it; empty for the name of the device, if there is one.</param>
    /// <param name="used">What it does with its root.</param>
    /// <param name="shared">What it lets others do.</param>
    public BlockBackend(BlockGraph graph, string description, BlockPermissions used, BlockPermissions shared)
    {
        Graph = graph;
        Description = description;
        Used = used;
        Shared = shared;
        Accounting = new BlockAccounting(graph.Context.Clock);
        Number = graph.NextBackendNumber();
        _gate = new BackendGate(graph);
    }

    /// <summary>The graph.</summary>
    public BlockGraph Graph { get; }

    /// <summary>How permission errors name it; empty for the name of the device, if there is one.</summary>
    public string Description { get; }

    /// <summary>The name that commands may use for the device, or an empty text.</summary>
    public string Name { get; set; } = "";

    /// <summary>The guest device in front of the backend, or null.</summary>
    public IBackendDevice? Device { get; set; }

    /// <summary>How the medium that was taken out last was opened, or null.</summary>
    public LastMedium? LastMedium { get; set; }

    /// <summary>Whether what is written may stay in caches until it is flushed.</summary>
    public bool HasWriteCache { get; set; } = true;

    /// <summary>What happens when a device fails to write.</summary>
    public BlockdevOnError OnWriteError { get; set; } = BlockdevOnError.Enospc;

    /// <summary>What happens when a device fails to read.</summary>
    public BlockdevOnError OnReadError { get; set; } = BlockdevOnError.Report;

    /// <summary>Whether the device keeps account of an error that stopped it: it has to be one that can stop.</summary>
    public bool KeepsIoStatus => Device is { CanStopOnError: true }
        && (OnWriteError is BlockdevOnError.Enospc or BlockdevOnError.Stop || OnReadError == BlockdevOnError.Stop);

    /// <summary>What it does with its root.</summary>
    public BlockPermissions Used { get; private set; }

    /// <summary>What it lets others do.</summary>
    public BlockPermissions Shared { get; private set; }

    /// <summary>What query-blockstats shows of its requests; whoever makes them counts them.</summary>
    public BlockAccounting Accounting { get; }

    /// <summary>What holds its reads and writes back, or null for nothing.</summary>
    public IRequestThrottle? Throttle { get; private set; }

    /// <summary>The edge to the root, or null.</summary>
    public BlockChild? Root { get; private set; }

    /// <summary>The edge for requests that bypass bounds, queueing and statistics.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    public BlockChild Child => Root ?? throw new BlockIOException(Errno.ENOMEDIUM);

    /// <summary>Called when the length of the root has changed; nobody unless set.</summary>
    public Action? Resized { get; set; }

    /// <summary>The root node.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    public BlockNode Node => Child.Node;

    /// <summary>The order in which backends were made.</summary>
    internal long Number { get; }

    /// <summary>Attaches a root.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="Qapi.QmpException">A permission conflict; nothing has changed.</exception>
    public void Insert(BlockNode node)
    {
        if (Root is not null)
        {
            throw new InvalidOperationException("The backend has a root already.");
        }

        bool isSuspended = ToleratesInactive && !node.IsActive;
        _isSuspended = isSuspended;
        Root = Graph.Attach(
            this,
            node,
            "root",
            ChildRole.Filtered | ChildRole.Primary,
            isSuspended ? BlockPermissions.None : Used,
            isSuspended ? BlockPermissions.All : Bound(Shared));
    }

    /// <summary>Drains and detaches the root.</summary>
    /// <returns>A task that ends when it is detached.</returns>
    public async ValueTask RemoveAsync()
    {
        if (Root is not { } root)
        {
            return;
        }

        BlockNode node = root.Node;
        if (Graph.ChangeDrain.Applies)
        {
            // There the drain of the root is over when that of the whole graph begins.
            (await node.DrainAsync()).Dispose();
        }

        using ChangeDrain.Section change = Graph.ChangeDrain.Begin();
        Graph.Ref(node);
        try
        {
            using DrainedSection drained = await node.DrainAsync();
            Root = null;
            _isSuspended = false;
            await Graph.DetachAsync(root);
        }
        finally
        {
            await Graph.UnrefAsync(node);
        }
    }

    /// <summary>Detaches the root of a backend that has only looked: it has no request under way and needed no permission, so that nothing is drained.</summary>
    /// <returns>A task that ends when it is detached.</returns>
    public async ValueTask LeaveAsync()
    {
        if (Root is { } root)
        {
            Root = null;
            await Graph.DetachAsync(root);
        }
    }

    /// <summary>Gives the backend up. QEMU drains twice when it does, which shows in the events of jobs on the root.</summary>
    /// <returns>A task that ends when the root is detached.</returns>
    public async ValueTask DeleteAsync()
    {
        if (Root is { } root)
        {
            (await root.Node.DrainAsync()).Dispose();
        }

        await RemoveAsync();
    }

    /// <summary>
    /// Drops requests that a drained root holds back, and those to come while it does: for a backend whose users were thrown out.
    /// Those that have begun go on.
    /// </summary>
    public void DropHeldRequests() => _gate.DropHeld();

    /// <summary>Goes over from the root to another node, under running requests.</summary>
    /// <param name="node">The new root.</param>
    /// <exception cref="Qapi.QmpException">Permissions forbid it; nothing has changed.</exception>
    /// <returns>A task that ends when the new root is in place.</returns>
    public ValueTask SwitchAsync(BlockNode node)
    {
        if (Root is { } root)
        {
            return Graph.MoveChildAsync(root, node);
        }

        Insert(node);
        return ValueTask.CompletedTask;
    }

    /// <summary>Changes the permissions.</summary>
    /// <param name="used">What it does with its root.</param>
    /// <param name="shared">What it lets others do.</param>
    /// <exception cref="Qapi.QmpException">A conflict; nothing has changed.</exception>
    public void SetPermissions(BlockPermissions used, BlockPermissions shared)
    {
        if (Root is { } root && !_isSuspended)
        {
            Graph.SetPermissions(root, used, Bound(shared));
        }

        Used = used;
        Shared = shared;
    }

    private BlockPermissions Bound(BlockPermissions shared) => Device is not null && Graph.DevicesShare ? BlockPermissions.All : shared;

    /// <summary>Lets something else hold its reads and writes back; what it was before lets them all go on.</summary>
    /// <param name="throttle">What holds them back, or null for nothing.</param>
    public void SetThrottle(IRequestThrottle? throttle)
    {
        Throttle?.Leave();
        Throttle = throttle;
        if (!_gate.IsOpen)
        {
            throttle?.Disable();
        }
    }

    /// <summary>Whether its root may become inactive under it: it then writes nothing until the root is active again.</summary>
    public bool ToleratesInactive
    {
        // A guest that does not run does not write.
        get => field || Device is not null || Name.Length > 0;
        init;
    }

    /// <summary>Gives up its permissions on an inactive root, but remembers them.</summary>
    internal void Suspend()
    {
        if (Root is { } root)
        {
            Graph.SetPermissions(root, BlockPermissions.None, BlockPermissions.All);
            _isSuspended = true;
        }
    }

    /// <summary>Takes them again.</summary>
    /// <exception cref="Qapi.QmpException">A conflict.</exception>
    internal void Resume()
    {
        if (_isSuspended && Root is { } root)
        {
            Graph.SetPermissions(root, Used, Bound(Shared));
            _isSuspended = false;
        }
    }

    /// <summary>Shares what it is meant to, if it is a device that shared everything until its guest ran.</summary>
    /// <exception cref="Qapi.QmpException">A conflict.</exception>
    internal void Bind()
    {
        if (Device is not null && !_isSuspended && Root is { } root)
        {
            Graph.SetPermissions(root, Used, Shared);
        }
    }

    /// <summary>Reads.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the read.</returns>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags = RequestFlags.None)
    {
        if (!_gate.IsOpen)
        {
            return LaterAsync(() => ReadAsync(offset, buffer, flags));
        }

        return Find(offset, buffer.Length, out BlockChild? child) is { } error ? Fail(error)
            : Count(Throttle is null ? child!.ReadAsync(offset, buffer, flags) : ReadThrottledAsync(Throttle, child!, offset, buffer, flags));
    }

    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the write.</returns>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags = RequestFlags.None)
    {
        if (!_gate.IsOpen)
        {
            return LaterAsync(() => WriteAsync(offset, buffer, flags));
        }

        return Find(offset, buffer.Length, out BlockChild? child) is { } error ? Fail(error)
            : Count(Throttle is null ? child!.WriteAsync(offset, buffer, Stable(flags)) : WriteThrottledAsync(Throttle, child!, offset, buffer, Stable(flags)));
    }

    /// <summary>Makes an area read as zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags = RequestFlags.None)
    {
        if (!_gate.IsOpen)
        {
            return LaterAsync(() => WriteZeroesAsync(offset, bytes, flags));
        }

        return Find(offset, bytes, out BlockChild? child) is { } error ? Fail(error)
            : Count(Throttle is null ? child!.WriteZeroesAsync(offset, bytes, Stable(flags)) : ZeroThrottledAsync(Throttle, child!, offset, bytes, Stable(flags)));
    }

    /// <summary>Drops the contents of an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask DiscardAsync(long offset, long bytes)
    {
        if (!_gate.IsOpen)
        {
            return LaterAsync(() => DiscardAsync(offset, bytes));
        }

        return Find(offset, bytes, out BlockChild? child) is { } error ? Fail(error) : Count(child!.DiscardAsync(offset, bytes));
    }

    /// <summary>Makes everything written stable.</summary>
    /// <returns>A task that ends with the flush.</returns>
    public ValueTask FlushAsync()
    {
        if (!_gate.IsOpen)
        {
            return LaterAsync(FlushAsync);
        }

        return Find(0, 0, out BlockChild? child) is { } error ? Fail(error) : Count(child!.FlushAsync());
    }

    /// <summary>Changes the length of the root; held back during drained sections as other requests are.</summary>
    /// <param name="length">The new length in bytes.</param>
    /// <param name="preallocation">How new space is allocated.</param>
    /// <param name="zeroNew">Whether new space must read as zeroes.</param>
    /// <exception cref="BlockIOException">A driver failed, or there is no root.</exception>
    /// <exception cref="Qapi.QmpException">A driver cannot do so.</exception>
    /// <returns>A task that ends with the resize.</returns>
    public async ValueTask TruncateAsync(long length, PreallocMode preallocation = PreallocMode.Off, bool zeroNew = false)
    {
        await _gate.WaitAsync();
        _gate.Enter();
        try
        {
            await Child.TruncateAsync(length, exact: false, preallocation, zeroNew);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Block status over the root's whole chain; held back during drained sections as other requests are.</summary>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <exception cref="BlockIOException">A driver failed, or there is no root.</exception>
    /// <returns>The state of an area that starts at <paramref name="offset"/>.</returns>
    public async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        await _gate.WaitAsync();
        _gate.Enter();
        try
        {
            return (await Node.GetBlockStatusAboveAsync(null, wantZero, offset, bytes)).Status;
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>At which layer of the root's chain an area is allocated; held back during drained sections.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <exception cref="BlockIOException">A driver failed, or there is no root.</exception>
    /// <returns>For how many bytes the answer holds, and the depth: 1 is the root, 0 nowhere.</returns>
    public async ValueTask<(long Bytes, int Depth)> GetAllocationDepthAsync(long offset, long bytes)
    {
        await _gate.WaitAsync();
        _gate.Enter();
        try
        {
            (_, long found, int depth) = await Node.IsAllocatedAboveAsync(null, includeBelow: false, offset, bytes);
            return (found, depth);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child)
        => Description.Length > 0 ? Description
            : Name.Length > 0 ? $"block device '{Name}'"
            : Device is { } device ? $"block device '{device.IdOrPath}'"
            : "an unnamed block device";

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child)
    {
        _gate.Close();
        Throttle?.Disable();
    }

    /// <inheritdoc/>
    public bool IsBusy(BlockChild child) => _gate.IsBusy;

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child)
    {
        _gate.Open();
        if (_gate.IsOpen)
        {
            Throttle?.Enable();
        }
    }

    /// <inheritdoc/>
    public void OnChildResized(BlockChild child) => Resized?.Invoke();

    private static async ValueTask ReadThrottledAsync(IRequestThrottle throttle, BlockChild child, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await throttle.PassAsync(isWrite: false, buffer.Length);
        await child.ReadAsync(offset, buffer, flags);
    }

    private static async ValueTask WriteThrottledAsync(
        IRequestThrottle throttle, BlockChild child, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await throttle.PassAsync(isWrite: true, buffer.Length);
        await child.WriteAsync(offset, buffer, flags);
    }

    private static async ValueTask ZeroThrottledAsync(IRequestThrottle throttle, BlockChild child, long offset, long bytes, RequestFlags flags)
    {
        await throttle.PassAsync(isWrite: true, bytes);
        await child.WriteZeroesAsync(offset, bytes, flags);
    }

    private RequestFlags Stable(RequestFlags flags) => HasWriteCache ? flags : flags | RequestFlags.Fua;

    private static ValueTask Fail(Errno error) => ValueTask.FromException(new BlockIOException(error));

    // Counts the request in and finds where it goes, or gives the error that it ends with.
    private Errno? Find(long offset, long bytes, out BlockChild? child)
    {
        child = Root;
        if (child is null)
        {
            return Errno.ENOMEDIUM;
        }

        if (offset < 0 || bytes < 0 || bytes > child.Node.Length - offset)
        {
            return Errno.EIO;
        }

        _gate.Enter();
        return null;
    }

    private ValueTask Count(ValueTask request)
    {
        if (request.IsCompleted)
        {
            _gate.Leave();
            return request;
        }

        return CountLaterAsync(request);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CountLaterAsync(ValueTask request)
    {
        try
        {
            await request;
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async ValueTask LaterAsync(Func<ValueTask> request)
    {
        await _gate.WaitAsync();
        await request();
    }
}
