namespace QmpHost.Block.Graph;

/// <summary>
/// A user of the graph from outside: a device, an export, a job, a qemu-io command. It has at most one root, its own
/// permissions and its own statistics, and holds its requests back while the root is drained.
/// </summary>
/// <remarks>Used on the host's event loop only. Requests are <see cref="Child"/>'s.</remarks>
public sealed class BlockBackend : IBlockParent
{
    /// <summary>Makes a backend without a root.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="description">How permission errors name it.</param>
    /// <param name="used">What it does with its root.</param>
    /// <param name="shared">What it lets others do.</param>
    public BlockBackend(BlockGraph graph, string description, BlockPermissions used, BlockPermissions shared)
    {
        Graph = graph;
        Description = description;
        Used = used;
        Shared = shared;
    }

    /// <summary>The graph.</summary>
    public BlockGraph Graph { get; }

    /// <summary>How permission errors name it.</summary>
    public string Description { get; }

    /// <summary>What it does with its root.</summary>
    public BlockPermissions Used { get; private set; }

    /// <summary>What it lets others do.</summary>
    public BlockPermissions Shared { get; private set; }

    /// <summary>The edge to the root, or null.</summary>
    public BlockChild? Root { get; private set; }

    /// <summary>Attaches a root.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="Qapi.QmpException">A permission conflict; nothing has changed.</exception>
    public void Insert(BlockNode node) => throw new NotImplementedException();

    /// <summary>Drains and detaches the root.</summary>
    /// <returns>A task that ends when it is detached.</returns>
    public ValueTask RemoveAsync() => throw new NotImplementedException();

    /// <summary>Changes the permissions.</summary>
    /// <param name="used">What it does with its root.</param>
    /// <param name="shared">What it lets others do.</param>
    /// <exception cref="Qapi.QmpException">A conflict; nothing has changed.</exception>
    public void SetPermissions(BlockPermissions used, BlockPermissions shared) => throw new NotImplementedException();

    /// <summary>The edge for requests.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM: there is no root.</exception>
    public BlockChild Child => Root ?? throw new BlockIOException(Errno.ENOMEDIUM);

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child) => Description;

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool IsBusy(BlockChild child) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child) => throw new NotImplementedException();
}
