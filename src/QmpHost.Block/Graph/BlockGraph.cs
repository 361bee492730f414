using QmpHost.Block.Hosting;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>The node graph of one host: opens, finds, connects, replaces and deletes nodes.</summary>
/// <remarks>Used on the host's event loop only. Errors are <see cref="Qapi.QmpException"/> with QEMU's words.</remarks>
public sealed class BlockGraph
{
    internal BlockGraph(BlockLayer layer)
    {
        Layer = layer;
    }

    /// <summary>What the graph's parts share.</summary>
    public BlockLayer Layer { get; }

    /// <summary>The drivers.</summary>
    public BlockDriverRegistry Drivers { get; } = new();

    /// <summary>All nodes in the order in which they were made.</summary>
    public IReadOnlyList<BlockNode> Nodes => throw new NotImplementedException();

    /// <summary>Finds a node.</summary>
    /// <param name="nodeName">Its name.</param>
    /// <returns>The node, or null.</returns>
    public BlockNode? FindNode(string nodeName) => throw new NotImplementedException();

    /// <summary>Finds a node, or the root of a device, by the name that a command gave.</summary>
    /// <param name="name">A node name or a device (backend) name.</param>
    /// <exception cref="Qapi.QmpException">"Cannot find device='x' nor node-name='x'".</exception>
    /// <returns>The node.</returns>
    public BlockNode LookUp(string name) => throw new NotImplementedException();

    /// <summary>Opens a node with all its children; the caller holds a reference to it.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="Qapi.QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node.</returns>
    public ValueTask<BlockNode> OpenAsync(BlockdevOptions options) => throw new NotImplementedException();

    /// <summary>Takes another reference to a node.</summary>
    /// <param name="node">The node.</param>
    public void Ref(BlockNode node) => throw new NotImplementedException();

    /// <summary>Gives a reference back; the last one closes the node and its children.</summary>
    /// <param name="node">The node.</param>
    /// <returns>A task that ends when what had to be closed is closed.</returns>
    public ValueTask UnrefAsync(BlockNode node) => throw new NotImplementedException();

    /// <summary>blockdev-add: opens a node that the monitor owns.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The node.</returns>
    public ValueTask<BlockNode> AddMonitorNodeAsync(BlockdevOptions options) => throw new NotImplementedException();

    /// <summary>blockdev-del: deletes a node that the monitor owns and nobody uses.</summary>
    /// <param name="nodeName">Its name.</param>
    /// <exception cref="Qapi.QmpException">"Node 'x' is busy: …" and others.</exception>
    /// <returns>A task that ends when it is closed.</returns>
    public ValueTask DeleteMonitorNodeAsync(string nodeName) => throw new NotImplementedException();

    /// <summary>Attaches a node to a parent, which from then on holds a reference.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="node">The node.</param>
    /// <param name="name">The edge's name.</param>
    /// <param name="role">What the node is to the parent.</param>
    /// <param name="used">What the parent does with it (for a parent node: computed by its driver, pass None).</param>
    /// <param name="shared">What the parent lets others do (for a parent node: computed, pass All).</param>
    /// <exception cref="Qapi.QmpException">A permission conflict; nothing has changed.</exception>
    /// <returns>The edge.</returns>
    public BlockChild Attach(IBlockParent parent, BlockNode node, string name, ChildRole role, BlockPermissions used, BlockPermissions shared)
        => throw new NotImplementedException();

    /// <summary>Detaches an edge and gives its reference back.</summary>
    /// <param name="child">The edge.</param>
    /// <returns>A task that ends when what had to be closed is closed.</returns>
    public ValueTask DetachAsync(BlockChild child) => throw new NotImplementedException();

    /// <summary>Changes the permissions of an edge whose parent is not a node.</summary>
    /// <param name="child">The edge.</param>
    /// <param name="used">What the parent does with the node.</param>
    /// <param name="shared">What the parent lets others do.</param>
    /// <exception cref="Qapi.QmpException">A conflict; nothing has changed.</exception>
    public void SetPermissions(BlockChild child, BlockPermissions used, BlockPermissions shared) => throw new NotImplementedException();

    /// <summary>Recomputes the permissions of a node's children, after its driver's wishes have changed.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="Qapi.QmpException">A conflict; nothing has changed.</exception>
    public void RefreshPermissions(BlockNode node) => throw new NotImplementedException();

    /// <summary>
    /// Opens a filter over <paramref name="node"/> and puts it in the place of
    /// the node for all its parents, under running I/O.
    /// </summary>
    /// <param name="node">The node to filter.</param>
    /// <param name="options">The filter's options; they name the node as the child.</param>
    /// <returns>The filter, with a reference for the caller.</returns>
    public ValueTask<BlockNode> InsertFilterAsync(BlockNode node, BlockdevOptions options) => throw new NotImplementedException();

    /// <summary>Gives a filter's parents back to the node that it filters, under running I/O; the caller unrefs the filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <returns>A task that ends when the parents have moved.</returns>
    public ValueTask RemoveFilterAsync(BlockNode filter) => throw new NotImplementedException();

    /// <summary>Moves every parent of one node to another, under drain.</summary>
    /// <param name="from">The node that the parents leave.</param>
    /// <param name="to">The node that they get.</param>
    /// <returns>A task that ends when they have moved.</returns>
    public ValueTask ReplaceNodeAsync(BlockNode from, BlockNode to) => throw new NotImplementedException();

    /// <summary>Drains every node; used by stop and quit.</summary>
    /// <returns>A task that ends when no request is under way.</returns>
    public ValueTask DrainAllBeginAsync() => throw new NotImplementedException();

    /// <summary>Ends <see cref="DrainAllBeginAsync"/>.</summary>
    public void DrainAllEnd() => throw new NotImplementedException();

    /// <summary>Flushes every node to disk.</summary>
    /// <returns>A task that ends with the flushes.</returns>
    public ValueTask FlushAllAsync() => throw new NotImplementedException();
}
