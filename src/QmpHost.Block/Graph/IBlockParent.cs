namespace QmpHost.Block.Graph;

/// <summary>The upper end of an edge of the graph: a node, a backend, a job.</summary>
public interface IBlockParent
{
    /// <summary>Whether edges stay where they are when their node is replaced, as those of jobs do.</summary>
    bool StaysAtNode => false;

    /// <summary>How permission errors name the parent, for example "node 'drive0'" or "block device 'hd0'".</summary>
    /// <param name="child">The edge in question.</param>
    /// <returns>The description.</returns>
    string DescribeParent(BlockChild child);

    /// <summary>The child enters a drained section: start no new requests.</summary>
    /// <param name="child">The edge.</param>
    void OnChildDrainBegin(BlockChild child);

    /// <summary>Whether the parent still has requests under way that may reach the child.</summary>
    /// <param name="child">The edge.</param>
    /// <returns>True while it has.</returns>
    bool IsBusy(BlockChild child);

    /// <summary>The last drained section of the child has ended.</summary>
    /// <param name="child">The edge.</param>
    void OnChildDrainEnd(BlockChild child);

    /// <summary>The child's length has changed.</summary>
    /// <param name="child">The edge.</param>
    void OnChildResized(BlockChild child)
    {
    }
}
