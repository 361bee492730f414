using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>A node of the graph: a driver with its options, children, parents, bitmaps and requests under way.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class BlockNode : IBlockParent
{
    internal BlockNode(BlockGraph graph, string nodeName, BlockDriver driver, BlockdevOptions options)
    {
        Graph = graph;
        NodeName = nodeName;
        Driver = driver;
        Options = options;
        driver.Attach(this);
    }

    /// <summary>The graph that the node belongs to.</summary>
    public BlockGraph Graph { get; }

    /// <summary>The operations that users of the node forbid for now.</summary>
    public OpBlockers OpBlockers { get; } = new();

    /// <summary>The node's name: the user's, or "#block" with three or more digits.</summary>
    public string NodeName { get; }

    /// <summary>The driver's half.</summary>
    public BlockDriver Driver { get; }

    /// <summary>The options that opened the node.</summary>
    public BlockdevOptions Options { get; internal set; }

    /// <summary>Whether writes are refused.</summary>
    public bool ReadOnly { get; internal set; }

    /// <summary>The disk's length in bytes (a driver may report one that is not a multiple of 512).</summary>
    public long Length { get; internal set; }

    /// <summary>The limits that requests to the driver respect.</summary>
    public BlockLimits Limits { get; internal set; } = new();

    /// <summary>The node's children in the order in which they were attached.</summary>
    public IReadOnlyList<BlockChild> Children => throw new NotImplementedException();

    /// <summary>The edges that lead here, newest first.</summary>
    public IReadOnlyList<BlockChild> Parents => throw new NotImplementedException();

    /// <summary>The child named "file", if any.</summary>
    public BlockChild? File => throw new NotImplementedException();

    /// <summary>The child named "backing", if any.</summary>
    public BlockChild? Backing => throw new NotImplementedException();

    /// <summary>The child whose data a filter passes through, or null for other nodes.</summary>
    public BlockChild? FilteredChild => throw new NotImplementedException();

    /// <summary>The copy-on-write backing child, or null.</summary>
    public BlockChild? CowChild => throw new NotImplementedException();

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child) => $"node '{NodeName}'";

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool IsBusy(BlockChild child) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child) => throw new NotImplementedException();

    /// <summary>Block status over the chain from this node down to, but without, <paramref name="below"/>.</summary>
    /// <param name="below">Where to stop, or null for the whole chain.</param>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state, and the depth of the layer that decides (0 is this node).</returns>
    public ValueTask<(BlockStatus Status, int Depth)> GetBlockStatusAboveAsync(BlockNode? below, bool wantZero, long offset, long bytes)
        => throw new NotImplementedException();

    /// <summary>Whether an area is allocated in the chain above <paramref name="below"/>.</summary>
    /// <param name="below">Where to stop, or null for the whole chain.</param>
    /// <param name="includeBelow">Whether <paramref name="below"/> itself counts.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>Whether it is allocated, for how many bytes that holds, and at which depth (1 is this node, 0 nowhere).</returns>
    public ValueTask<(bool Allocated, long Bytes, int Depth)> IsAllocatedAboveAsync(BlockNode? below, bool includeBelow, long offset, long bytes)
        => throw new NotImplementedException();

    /// <summary>
    /// Starts a drained section: parents are told to stop sending, jobs pause, and the section begins when no request
    /// is under way in the node or below it. Sections nest.
    /// </summary>
    /// <returns>A task that ends when the node is quiet.</returns>
    public ValueTask DrainBeginAsync() => throw new NotImplementedException();

    /// <summary>Ends a drained section.</summary>
    public void DrainEnd() => throw new NotImplementedException();
}
