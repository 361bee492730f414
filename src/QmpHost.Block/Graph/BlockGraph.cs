using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Interception;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Graph.Reopen;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>The node graph of one host: opens, finds, connects, replaces and deletes nodes.</summary>
/// <remarks>Used on the host's event loop only. Errors are <see cref="QmpException"/> with QEMU's words.</remarks>
public sealed class BlockGraph
{
    private readonly List<BlockNode> _nodes = [];
    private readonly Dictionary<string, BlockNode> _byName = new(StringComparer.Ordinal);
    private readonly List<BlockBackend> _backends = [];
    private readonly NodeNaming _naming = new();
    private readonly GraphReplace _replace;
    private long _backendNumber;

    internal BlockGraph(BlockContext context)
    {
        Context = context;
        Drivers = new BlockDriverRegistry(context.Profile);
        Opener = new NodeOpener(this);
        ChangeDrain = new ChangeDrain(this);
        _replace = new GraphReplace(this);
    }

    /// <summary>What the host's parts share.</summary>
    public BlockContext Context { get; }

    /// <summary>Tells whether somebody keeps a drained section open until a client's command; null where nobody does.</summary>
    internal Func<bool>? AwaitsCommand { get; set; }

    /// <summary>The drivers.</summary>
    public BlockDriverRegistry Drivers { get; }

    /// <summary>All nodes in the order in which they were made.</summary>
    public IReadOnlyList<BlockNode> Nodes => _nodes;

    /// <summary>Those of them that can be described: not the ones that a job is still opening.</summary>
    public IEnumerable<BlockNode> OpenNodes => _nodes.Where(static node => node.IsOpen);

    /// <summary>The backends that commands can name, in the order in which they were added.</summary>
    public IReadOnlyList<BlockBackend> Backends => _backends;

    /// <summary>Every backend that has a root or can be named, in the order in which they were made.</summary>
    internal IEnumerable<BlockBackend> AllBackends
        => _nodes.SelectMany(static n => n.Parents).Select(static e => e.Parent).OfType<BlockBackend>()
            .Concat(_backends).Distinct().OrderBy(static b => b.Number);

    /// <summary>Who sees the requests to all drivers before they do; null for nobody.</summary>
    public IRequestInterceptor? Interceptor
    {
        get;
        set
        {
            field = value;
            foreach (BlockNode node in _nodes)
            {
                node.Io.Refresh();
            }
        }
    }

    /// <summary>A number that grows with every change of the graph's shape.</summary>
    internal long Version { get; private set; }

    internal NodeOpener Opener { get; }

    internal ChangeDrain ChangeDrain { get; }

    /// <summary>Pauses all jobs for a moment, as some commands do before anything else in releases that drain everything.</summary>
    public void DrainFirst() => ChangeDrain.PulseFirst();

    /// <summary>Finds a node.</summary>
    /// <param name="nodeName">Its name.</param>
    /// <returns>The node, or null.</returns>
    public BlockNode? FindNode(string nodeName) => _byName.GetValueOrDefault(nodeName);

    /// <summary>Finds a node, or the root of a device, by the name that a command gave.</summary>
    /// <param name="name">A node name or a device (backend) name.</param>
    /// <exception cref="QmpException">"Cannot find device='x' nor node-name='x'".</exception>
    /// <returns>The node.</returns>
    public BlockNode LookUp(string name) => LookUp(name, name);

    /// <summary>Finds a node by a device name and a node name, of which a command gave one or both.</summary>
    /// <param name="device">A device (backend) name, or null.</param>
    /// <param name="nodeName">A node name, or null.</param>
    /// <exception cref="QmpException">"Cannot find device='x' nor node-name='y'", "Device 'x' has no medium".</exception>
    /// <returns>The node.</returns>
    public BlockNode LookUp(string? device, string? nodeName)
    {
        if (device is not null && FindBackend(device) is { } backend)
        {
            return backend.Root?.Node ?? throw new QmpException($"Device '{device}' has no medium");
        }

        return (nodeName is null ? null : FindNode(nodeName))
            ?? throw new QmpException($"Cannot find device='{device}' nor node-name='{nodeName}'");
    }

    /// <summary>Finds a node that is no other node's child, by the name that a command gave.</summary>
    /// <param name="name">A node name or a device (backend) name.</param>
    /// <exception cref="QmpException">There is none, "Need a root block node", or "Device has no medium".</exception>
    /// <returns>The node.</returns>
    public BlockNode LookUpRoot(string name)
    {
        BlockNode node = LookUp(name);
        if (!node.Parents.All(static edge => edge.Parent is BlockBackend))
        {
            throw new QmpException("Need a root block node");
        }

        return node.HasMedium ? node : throw new QmpException("Device has no medium");
    }

    /// <summary>Finds a node for a command that names it by its node name only.</summary>
    /// <param name="nodeName">The name.</param>
    /// <exception cref="QmpException">"Cannot find device='' nor node-name='x'".</exception>
    /// <returns>The node.</returns>
    public BlockNode LookUpNode(string nodeName)
        => FindNode(nodeName) ?? throw new QmpException($"Cannot find device='' nor node-name='{nodeName}'");

    /// <summary>The node of a name, for commands that take names of nodes and nothing else.</summary>
    /// <param name="nodeName">Its name.</param>
    /// <exception cref="QmpException">"Failed to find node with node-name='x'".</exception>
    /// <returns>The node.</returns>
    public BlockNode GetNode(string nodeName)
        => FindNode(nodeName) ?? throw new QmpException($"Failed to find node with node-name='{nodeName}'");

    /// <summary>The nodes that backends have for their roots, in the order of these; one of several backends comes several times.</summary>
    public IEnumerable<BlockNode> BackendRoots => AllBackends.Select(static backend => backend.Root?.Node).OfType<BlockNode>();

    /// <summary>Finds a backend by its name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The backend, or null.</returns>
    public BlockBackend? FindBackend(string name)
    {
        foreach (BlockBackend backend in _backends)
        {
            if (backend.Name.Length > 0 && backend.Name == name)
            {
                return backend;
            }
        }

        return null;
    }

    /// <summary>Makes a backend known to commands and listings.</summary>
    /// <param name="backend">The backend.</param>
    public void AddBackend(BlockBackend backend) => _backends.Add(backend);

    /// <summary>Takes a backend out of commands and listings.</summary>
    /// <param name="backend">The backend.</param>
    public void RemoveBackend(BlockBackend backend) => _backends.Remove(backend);

    /// <summary>Opens a node with all its children; the caller holds a reference to it.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node.</returns>
    public ValueTask<BlockNode> OpenAsync(BlockdevOptions options) => Opener.OpenAsync(options, NodeFlags.OfRoot(options, AwaitsMachine));

    /// <summary>Whether new nodes are left to another process at first, since the machine that uses them has not come yet.</summary>
    public bool AwaitsMachine
    {
        get;
        set
        {
            field = value;
            DevicesShare |= value;
        }
    }

    /// <summary>Whether devices let others do anything: until the guest runs here, storage may still be copied into what they use.</summary>
    internal bool DevicesShare { get; private set; }

    /// <summary>Lets devices share no more than they are meant to, as the guest runs. What is in the way is reported and stays.</summary>
    public void BindDevices()
    {
        if (!DevicesShare)
        {
            return;
        }

        DevicesShare = false;
        foreach (BlockBackend backend in _backends.ToArray())
        {
            try
            {
                backend.Bind();
            }
            catch (QmpException e)
            {
                Context.Report(ReportKind.RequestFailure, e.Message);
            }
        }
    }

    /// <summary>blockdev-reopen: gives nodes other options, all of them or none.</summary>
    /// <param name="options">For each node its name and all of its options.</param>
    /// <exception cref="QmpException">One of them cannot be reopened; nothing has changed.</exception>
    /// <returns>A task that ends when they have their options.</returns>
    public ValueTask ReopenAsync(IReadOnlyList<BlockdevOptions> options) => new GraphReopen(this).RunAsync(options);

    /// <summary>Gives a node other values of some options and lets it keep the rest.</summary>
    /// <param name="node">The node.</param>
    /// <param name="changes">The options by name, with points for what is inside of others.</param>
    /// <exception cref="QmpException">One of them cannot be changed; nothing has changed.</exception>
    /// <returns>A task that ends when it has its options.</returns>
    public ValueTask ReopenWithAsync(BlockNode node, IReadOnlyDictionary<string, string> changes)
        => new GraphReopen(this).RunAsync([PartialReopen.Options(this, node, changes)]);

    /// <summary>Makes a node, and the children that follow it, writable or read-only, with all other options as they are.</summary>
    /// <param name="node">The node.</param>
    /// <param name="readOnly">What it is to be.</param>
    /// <exception cref="QmpException">It cannot be; nothing has changed.</exception>
    /// <returns>A task that ends when it is.</returns>
    internal ValueTask SetReadOnlyAsync(BlockNode node, bool readOnly) => new GraphReopen(this).RunAsync(node, readOnly);

    /// <summary>Takes another reference to a node.</summary>
    /// <param name="node">The node.</param>
    public void Ref(BlockNode node)
    {
        CheckOwn(node);
        node.RefCount++;
    }

    /// <summary>Gives a reference back; the last one closes the node and its children.</summary>
    /// <param name="node">The node.</param>
    /// <returns>A task that ends when what had to be closed is closed.</returns>
    public ValueTask UnrefAsync(BlockNode node)
    {
        if (node.RefCount <= 0)
        {
            throw new InvalidOperationException($"The node '{node.NodeName}' is closed already.");
        }

        return --node.RefCount > 0 ? ValueTask.CompletedTask : CloseAsync(node);
    }

    /// <summary>blockdev-add: opens a node that the monitor owns.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="QmpException">"'node-name' must be specified for the root node", and whatever opening gives.</exception>
    /// <returns>The node.</returns>
    public async ValueTask<BlockNode> AddMonitorNodeAsync(BlockdevOptions options)
    {
        if (options.NodeName is null)
        {
            throw new QmpException("'node-name' must be specified for the root node");
        }

        BlockNode node = await OpenAsync(options);
        node.IsMonitorOwned = true;
        return node;
    }

    /// <summary>Opens a node that the monitor owns, and whose driver no option names.</summary>
    /// <param name="options">The options, with a node name.</param>
    /// <param name="driver">The driver.</param>
    /// <exception cref="QmpException">Whatever opening gives.</exception>
    /// <returns>The node.</returns>
    public async ValueTask<BlockNode> AddMonitorNodeAsync(BlockdevOptions options, BlockDriver driver)
    {
        BlockNode node = await Opener.OpenAsync(options, NodeFlags.OfRoot(options), driver);
        node.IsMonitorOwned = true;
        return node;
    }

    /// <summary>blockdev-del: deletes a node that the monitor owns and nobody uses.</summary>
    /// <param name="nodeName">Its name.</param>
    /// <exception cref="QmpException">"Node 'x' is busy: …" and others.</exception>
    /// <returns>A task that ends when it is closed.</returns>
    public ValueTask DeleteMonitorNodeAsync(string nodeName)
    {
        BlockNode node = GetNode(nodeName);
        foreach (BlockChild edge in node.Parents)
        {
            if (edge.Parent is BlockBackend)
            {
                throw new QmpException($"Node {nodeName} is in use");
            }
        }

        node.OpBlockers.Check(BlockOperation.DriveDelete, node.DeviceOrNodeName);
        if (!node.IsMonitorOwned)
        {
            throw new QmpException($"Node {nodeName} is not owned by the monitor");
        }

        if (node.RefCount > 1)
        {
            throw new QmpException($"Block device {node.DeviceOrNodeName} is in use");
        }

        node.IsMonitorOwned = false;
        return UnrefAsync(node);
    }

    /// <summary>Attaches a node to a parent, which from then on holds a reference.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="node">The node.</param>
    /// <param name="name">The edge's name.</param>
    /// <param name="role">What the node is to the parent.</param>
    /// <param name="used">What the parent does with it (for a parent node: computed by its driver, pass None).</param>
    /// <param name="shared">What the parent lets others do (for a parent node: computed, pass All).</param>
    /// <exception cref="QmpException">A permission conflict; nothing has changed.</exception>
    /// <returns>The edge.</returns>
    public BlockChild Attach(IBlockParent parent, BlockNode node, string name, ChildRole role, BlockPermissions used, BlockPermissions shared)
    {
        using ChangeDrain.Section change = ChangeDrain.Begin();
        return AttachDrained(parent, node, name, role, used, shared);
    }

    /// <summary>Attaches a node to a parent, as <see cref="Attach"/>, where nodes are drained for it already.</summary>
    internal BlockChild AttachDrained(IBlockParent parent, BlockNode node, string name, ChildRole role, BlockPermissions used, BlockPermissions shared)
    {
        CheckOwn(node);
        if (node.IsTakenOut)
        {
            // Found before its job ended, while something else was waited for.
            throw new QmpException($"Cannot find device='{node.NodeName}' nor node-name='{node.NodeName}'");
        }

        var parentNode = parent as BlockNode;
        if (parentNode is not null && GraphReplace.IsReachable(node, parentNode))
        {
            throw new QmpException($"Making '{node.NodeName}' a {name} child of '{parentNode.NodeName}' would create a cycle");
        }

        NodeActivation.CheckEdge(parent, node, name);
        var edge = new BlockChild(parent, node, name, role) { Used = used, Shared = shared };
        parentNode?.AddChild(edge);
        node.AddParent(edge);
        node.RefCount++;
        try
        {
            PermissionUpdate.Run(parentNode ?? node);
        }
        catch
        {
            node.RemoveParent(edge);
            parentNode?.RemoveChild(edge);
            node.RefCount--;
            throw;
        }

        edge.FollowNode();
        return edge;
    }

    /// <summary>Detaches an edge and gives its reference back.</summary>
    /// <param name="child">The edge.</param>
    /// <returns>A task that ends when what had to be closed is closed.</returns>
    public async ValueTask DetachAsync(BlockChild child)
    {
        BlockNode node = child.Node;
        using ChangeDrain.Section change = ChangeDrain.Begin();
        (child.Parent as BlockNode)?.RemoveChild(child);
        node.RemoveParent(child);
        child.ReleaseParent();
        GiveUp(() => PermissionUpdate.Run(node));
        await node.Driver.SettlePermissionsAsync();
        await UnrefAsync(node);
    }

    /// <summary>Changes the permissions of an edge whose parent is not a node.</summary>
    /// <param name="child">The edge.</param>
    /// <param name="used">What the parent does with the node.</param>
    /// <param name="shared">What the parent lets others do.</param>
    /// <exception cref="QmpException">A conflict; nothing has changed.</exception>
    public void SetPermissions(BlockChild child, BlockPermissions used, BlockPermissions shared)
    {
        CheckOwn(child.Node);
        if ((used & ~child.Used) == 0 && (child.Shared & ~shared) == 0)
        {
            GiveUp(() => PermissionUpdate.Run(child, used, shared));
            return;
        }

        PermissionUpdate.Run(child, used, shared);
    }

    // Who needs less than before succeeds: a file that cannot be opened anew for less, since its name is gone, stays open as it was.
    private static void GiveUp(Action update)
    {
        try
        {
            update();
        }
        catch (QmpException)
        {
        }
    }

    /// <summary>Recomputes the permissions of a node's children, after its driver's wishes have changed.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="QmpException">A conflict; nothing has changed.</exception>
    public void RefreshPermissions(BlockNode node)
    {
        CheckOwn(node);
        PermissionUpdate.Run(node);
    }

    /// <summary>
    /// Opens a filter over <paramref name="node"/> and puts it in the place of
    /// the node for all its parents, under running I/O.
    /// </summary>
    /// <param name="node">The node to filter.</param>
    /// <param name="options">The filter's options; they name the node as the child.</param>
    /// <exception cref="QmpException">It could not be opened or put there; nothing has changed.</exception>
    /// <returns>The filter, with a reference for the caller.</returns>
    public ValueTask<BlockNode> InsertFilterAsync(BlockNode node, BlockdevOptions options) => _replace.InsertFilterAsync(node, options);

    /// <summary>Makes a filter of a job over a node and puts it in the place of the node for all its parents, under running I/O.</summary>
    /// <param name="node">The node to filter.</param>
    /// <param name="childName">The name of the edge to it.</param>
    /// <param name="driver">The filter's driver, a new instance.</param>
    /// <param name="filterName">The filter's name, or null for one that users of devices are not shown.</param>
    /// <param name="readOnly">Whether nobody may write to the filter.</param>
    /// <exception cref="QmpException">The name is taken or not valid, or permissions forbid it; nothing has changed.</exception>
    /// <returns>The filter, with a reference for the caller.</returns>
    public ValueTask<BlockNode> InsertFilterAsync(BlockNode node, string childName, BlockDriver driver, string? filterName, bool readOnly = false)
        => _replace.InsertFilterAsync(node, childName, driver, filterName, readOnly);

    /// <summary>Gives an image another backing node, under drain. The name in its header stays as it is.</summary>
    /// <param name="overlay">The image.</param>
    /// <param name="backing">The node, or null for none.</param>
    /// <exception cref="QmpException">A job forbids it, or permissions do; nothing has changed.</exception>
    /// <returns>A task that ends when the node is in place.</returns>
    public ValueTask SetBackingAsync(BlockNode overlay, BlockNode? backing) => _replace.SetBackingAsync(overlay, backing);

    /// <summary>Gives a filter's parents back to the node that it filters, under running I/O; the caller unrefs the filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="keepsChild">Whether the filter keeps its child until it closes; otherwise it loses it now.</param>
    /// <returns>A task that ends when the parents have moved.</returns>
    public ValueTask RemoveFilterAsync(BlockNode filter, bool keepsChild = false) => _replace.RemoveFilterAsync(filter, keepsChild);

    /// <summary>Moves every parent of one node to another, under drain.</summary>
    /// <param name="from">The node that the parents leave.</param>
    /// <param name="to">The node that they get.</param>
    /// <exception cref="QmpException">Permissions forbid it; nothing has changed.</exception>
    /// <returns>A task that ends when they have moved.</returns>
    public ValueTask ReplaceNodeAsync(BlockNode from, BlockNode to) => _replace.ReplaceAsync(from, to, static _ => true);

    /// <summary>Moves some of the parents of a node to another, as <see cref="ReplaceNodeAsync(BlockNode, BlockNode)"/> all of them.</summary>
    /// <param name="from">The node that they have.</param>
    /// <param name="to">The node that they get.</param>
    /// <param name="isMoved">Says which of the edges move.</param>
    /// <exception cref="QmpException">Permissions forbid it; nothing has changed.</exception>
    /// <returns>A task that ends when they have moved.</returns>
    public ValueTask ReplaceNodeAsync(BlockNode from, BlockNode to, Func<BlockChild, bool> isMoved) => _replace.ReplaceAsync(from, to, isMoved);

    /// <summary>Lets one edge lead to another node, under drain.</summary>
    /// <param name="child">The edge; its parent is not a node.</param>
    /// <param name="to">The node.</param>
    /// <exception cref="QmpException">Permissions forbid it; nothing has changed.</exception>
    /// <returns>A task that ends when the edge has moved.</returns>
    public ValueTask MoveChildAsync(BlockChild child, BlockNode to) => _replace.MoveAsync(child, to);

    /// <summary>Drains every node; used by stop and quit.</summary>
    /// <returns>The section, once no request is under way.</returns>
    public async ValueTask<DrainedSection> DrainAllAsync()
    {
        BlockNode[] nodes = [.. _nodes];
        DrainedSection section = ChangeDrain.Applies ? DrainedSection.BeginEach(nodes) : DrainedSection.BeginAll(nodes);
        Array.ForEach(nodes, static node => node.Drain.LogWait());
        await Context.Turns.PollWhileAsync(static nodes => Array.Exists(nodes, static n => n.Drain.IsBusy), nodes);
        return section;
    }

    /// <summary>Gives up the monitor's references, so that every node that nobody else uses is flushed and closed. The end of a host.</summary>
    /// <returns>A task that ends when they are closed.</returns>
    public async ValueTask CloseAllAsync()
    {
        foreach (BlockNode node in _nodes.Where(node => node.IsMonitorOwned).ToArray())
        {
            node.IsMonitorOwned = false;
            await UnrefAsync(node);
        }
    }

    /// <summary>Lets every request go on that a breakpoint holds back, for the end of a host.</summary>
    public void LetBreakpointsGo()
    {
        foreach (IDebugBreakpoints breakpoints in _nodes.Select(static node => node.Driver).OfType<IDebugBreakpoints>())
        {
            breakpoints.LetGo();
        }
    }

    /// <summary>Flushes every node to disk.</summary>
    /// <exception cref="BlockIOException">A flush failed; the others were done all the same.</exception>
    /// <returns>A task that ends with the flushes.</returns>
    public async ValueTask FlushAllAsync()
    {
        BlockIOException? first = null;
        foreach (BlockNode node in _nodes.ToArray())
        {
            try
            {
                await node.Io.FlushAsync();
            }
            catch (BlockIOException e)
            {
                first ??= e;
            }
        }

        if (first is not null)
        {
            throw new BlockIOException(first.Errno, first);
        }
    }

    /// <summary>Told by a parent that it has become idle, so that a drained section that waits for it may begin.</summary>
    public void NotifyIdle()
    {
        if (Context.Turns.HasPollers)
        {
            Context.Turns.Wake();
        }
    }

    internal void NoteChange() => Version++;

    internal long NextBackendNumber() => _backendNumber++;

    internal void Register(BlockNode node)
    {
        if (node.IsRegistered)
        {
            return;
        }

        if (node.NodeName.Length == 0 && node.Options.NodeName is null)
        {
            node.NodeName = _naming.Generate();
        }
        else
        {
            CheckName(node.NodeName);
        }

        _byName.Add(node.NodeName, node);
        _nodes.Add(node);
        node.IsRegistered = true;
    }

    internal void Unregister(BlockNode node)
    {
        if (node.IsRegistered)
        {
            _byName.Remove(node.NodeName);
            _nodes.Remove(node);
            node.IsRegistered = false;
        }
    }

    private void CheckName(string name)
    {
        NodeNaming.CheckForm(name);
        if (FindBackend(name) is not null)
        {
            throw new QmpException($"node-name={name} is conflicting with a device id");
        }

        if (_byName.ContainsKey(name))
        {
            throw new QmpException($"Duplicate nodes with node-name='{name}'");
        }

        NodeNaming.CheckLength(name);
    }

    /// <summary>Gives up a node whose opening failed.</summary>
    /// <param name="node">The node.</param>
    /// <param name="byDriver">Whether it was the driver that failed: then the children go first, and the node itself thereafter.</param>
    internal async ValueTask AbandonAsync(BlockNode node, bool byDriver)
    {
        node.RefCount = 0;
        Unregister(node);
        await CloseDriverAsync(node);
        await ReleaseAsync(node);
        if (byDriver)
        {
            ChangeDrain.Pulse();
            if (node.Driver.LetsChildrenGo)
            {
                ChangeDrain.Pulse();
            }
        }
    }

    private void CheckOwn(BlockNode node)
    {
        if (node.Graph != this)
        {
            throw new ArgumentException("The node belongs to another graph.", nameof(node));
        }
    }

    private async ValueTask CloseAsync(BlockNode node)
    {
        // Nobody finds a node that closes. The drained section lasts to its end.
        Unregister(node);
        await node.DrainBeginAsync();
        try
        {
            await node.Io.FlushAsync();
        }
        catch (BlockIOException)
        {
            // Nobody is left to be told.
        }

        await CloseDriverAsync(node);
        await ReleaseAsync(node);
    }

    // Whatever a driver fails with, its children are let go.
    private async ValueTask CloseDriverAsync(BlockNode node)
    {
        try
        {
            await node.Driver.CloseAsync();
        }
        catch (Exception e)
        {
            Context.Loop.Report(e);
        }
    }

    private async ValueTask ReleaseAsync(BlockNode node)
    {
        using (ChangeDrain.BeginClosing())
        {
            while (node.Children.Count > 0)
            {
                await DetachAsync(node.Children[^1]);
            }
        }

        node.Bitmaps.ReleaseNamed();
    }
}
