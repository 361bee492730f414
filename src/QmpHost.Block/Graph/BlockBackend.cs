namespace QmpHost.Block.Graph;

/// <summary>
/// A user of the graph from outside: a device, an export, a job, a qemu-io command. It has at most one root, its own
/// permissions and its own statistics, and holds its requests back while the root is drained.
/// </summary>
/// <remarks>Used on the host's event loop only. Requests fail with <see cref="BlockIOException"/>.</remarks>
public sealed class BlockBackend : IBlockParent
{
    private readonly List<TaskCompletionSource> _queued = [];
    private int _inFlight;
    private int _quiesced;

    /// <summary>Makes a backend without a root.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="description">How permission errors name it.</param>
    /// <param name="used">What it does with its root.</param>
    /// <param name="shared">What it lets others do.</param>
    public BlockBackend(BlockGraph graph, string description, BlockPermissions used, BlockPermissions shared)
    {
        Graph = graph;
        Accounting = new BlockAccounting(graph.Layer.Clock);
        Description = description;
        Used = used;
        Shared = shared;
    }

    /// <summary>The graph.</summary>
    public BlockGraph Graph { get; }

    /// <summary>How permission errors name it.</summary>
    public string Description { get; }

    /// <summary>The name that commands may use for the device, or an empty text.</summary>
    public string Name { get; init; } = "";

    /// <summary>The guest device in front of the backend, or null.</summary>
    public IBackendDevice? Device { get; init; }

    /// <summary>What its user has counted.</summary>
    public BlockAccounting Accounting { get; }

    /// <summary>What it does with its root.</summary>
    public BlockPermissions Used { get; private set; }

    /// <summary>What it lets others do.</summary>
    public BlockPermissions Shared { get; private set; }

    /// <summary>The edge to the root, or null.</summary>
    public BlockChild? Root { get; private set; }

    /// <summary>The edge for requests that bypass bounds, queueing and statistics.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    public BlockChild Child => Root ?? throw new BlockIOException(Errno.ENOMEDIUM);

    /// <summary>The root node.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    public BlockNode Node => Child.Node;

    /// <summary>Attaches a root.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="Qapi.QmpException">A permission conflict; nothing has changed.</exception>
    public void Insert(BlockNode node)
    {
        if (Root is not null)
        {
            throw new InvalidOperationException("The backend has a root already.");
        }

        Root = Graph.Attach(this, node, "root", ChildRole.Filtered | ChildRole.Primary, Used, Shared);
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
        Graph.Ref(node);
        await node.DrainBeginAsync();
        Root = null;
        await Graph.DetachAsync(root);
        node.DrainEnd();
        await Graph.UnrefAsync(node);
    }

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
        if (Root is { } root)
        {
            Graph.SetPermissions(root, used, shared);
        }

        Used = used;
        Shared = shared;
    }

    /// <summary>Reads.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <param name="flags">Flags.</param>
    /// <exception cref="BlockIOException">EIO: the area does not lie within the disk; ENOMEDIUM: there is no root.</exception>
    /// <returns>A task that ends with the read.</returns>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags = RequestFlags.None)
    {
        await BeginAsync();
        try
        {
            Check(offset, buffer.Length);
            await Child.ReadAsync(offset, buffer, flags);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="flags">Flags.</param>
    /// <exception cref="BlockIOException">EIO: the area does not lie within the disk; ENOMEDIUM: there is no root.</exception>
    /// <returns>A task that ends with the write.</returns>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags = RequestFlags.None)
    {
        await BeginAsync();
        try
        {
            Check(offset, buffer.Length);
            await Child.WriteAsync(offset, buffer, flags);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Makes an area read as zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Flags.</param>
    /// <exception cref="BlockIOException">EIO: the area does not lie within the disk; ENOMEDIUM: there is no root.</exception>
    /// <returns>A task that ends with the request.</returns>
    public async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags = RequestFlags.None)
    {
        await BeginAsync();
        try
        {
            Check(offset, bytes);
            await Child.WriteZeroesAsync(offset, bytes, flags);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Drops the contents of an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <exception cref="BlockIOException">EIO: the area does not lie within the disk; ENOMEDIUM: there is no root.</exception>
    /// <returns>A task that ends with the request.</returns>
    public async ValueTask DiscardAsync(long offset, long bytes)
    {
        await BeginAsync();
        try
        {
            Check(offset, bytes);
            await Child.DiscardAsync(offset, bytes);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Makes everything written stable.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    /// <returns>A task that ends with the flush.</returns>
    public async ValueTask FlushAsync()
    {
        await BeginAsync();
        try
        {
            await Child.FlushAsync();
        }
        finally
        {
            End();
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
        await BeginAsync();
        try
        {
            return (await Node.GetBlockStatusAboveAsync(null, wantZero, offset, bytes)).Status;
        }
        finally
        {
            End();
        }
    }

    /// <summary>At which layer of the root's chain an area is allocated; held back during drained sections.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <exception cref="BlockIOException">A driver failed, or there is no root.</exception>
    /// <returns>For how many bytes the answer holds, and the depth: 1 is the root, 0 nowhere.</returns>
    public async ValueTask<(long Bytes, int Depth)> GetAllocationDepthAsync(long offset, long bytes)
    {
        await BeginAsync();
        try
        {
            (_, long found, int depth) = await Node.IsAllocatedAboveAsync(null, includeBelow: false, offset, bytes);
            return (found, depth);
        }
        finally
        {
            End();
        }
    }

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child) => Description;

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child) => _quiesced++;

    /// <inheritdoc/>
    public bool IsBusy(BlockChild child) => _inFlight > 0;

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child)
    {
        if (--_quiesced > 0)
        {
            return;
        }

        TaskCompletionSource[] queued = [.. _queued];
        _queued.Clear();
        foreach (TaskCompletionSource completion in queued)
        {
            completion.SetResult();
        }
    }

    private ValueTask BeginAsync()
    {
        if (_quiesced > 0)
        {
            return WaitAndBeginAsync();
        }

        _inFlight++;
        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAndBeginAsync()
    {
        while (_quiesced > 0)
        {
            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _queued.Add(completion);
            await completion.Task;
        }

        _inFlight++;
    }

    private void End()
    {
        if (--_inFlight == 0)
        {
            Graph.NotifyIdle();
        }
    }

    private void Check(long offset, long bytes)
    {
        BlockNode node = Node;
        if (offset < 0 || bytes < 0 || offset > node.Length || bytes > node.Length - offset)
        {
            throw new BlockIOException(Errno.EIO);
        }
    }
}
