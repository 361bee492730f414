namespace QmpHost.Block.Graph.Drain;

/// <summary>
/// A drained section that is open: it belongs to whoever began it, who ends it by disposing it. Sections nest.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class DrainedSection : IDisposable
{
    private readonly IReadOnlyList<BlockNode> _nodes;
    private bool _isEnded;

    internal DrainedSection(params IReadOnlyList<BlockNode> nodes) => _nodes = nodes;

    /// <summary>Opens a section over all nodes of a graph, without waiting for what is under way.</summary>
    /// <param name="nodes">The nodes.</param>
    internal static DrainedSection BeginAll(IReadOnlyList<BlockNode> nodes)
    {
        foreach (BlockNode node in nodes)
        {
            node.Drain.BeginWithAll();
        }

        return new DrainedSection(nodes);
    }

    /// <summary>
    /// Opens a section over all nodes as later releases do: each is drained by itself, so that a node's parents are told through
    /// the nodes between, in the order of the lowest.
    /// </summary>
    /// <param name="nodes">The nodes.</param>
    internal static DrainedSection BeginEach(IReadOnlyList<BlockNode> nodes)
    {
        foreach (BlockNode node in nodes)
        {
            node.Drain.Begin();
        }

        return new DrainedSection(nodes);
    }

    /// <summary>Ends the section: the last one of a node lets its parents go on.</summary>
    public void Dispose()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        foreach (BlockNode node in _nodes)
        {
            node.Drain.End();
        }
    }
}
