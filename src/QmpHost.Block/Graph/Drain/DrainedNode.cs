using QmpHost.Qapi;

namespace QmpHost.Block.Graph.Drain;

/// <summary>A node that a command has found by name and holds drained until it is disposed.</summary>
/// <remarks>
/// A drain lets a job that has done its work end, and its end may take the very node out that was found: the filter of
/// that job. What is found once the node is quiet counts, so that nobody builds on a node that has left the graph.
/// Used on the host's event loop only, in a main turn.
/// </remarks>
internal sealed class DrainedNode : IAsyncDisposable
{
    private readonly DrainedSection _section;

    private DrainedNode(BlockNode node, DrainedSection section)
    {
        Node = node;
        _section = section;
    }

    /// <summary>The node; it does not close before this is disposed.</summary>
    public BlockNode Node { get; }

    /// <summary>Finds a node and drains it.</summary>
    /// <param name="find">Finds the node; asked again once the node is quiet.</param>
    /// <exception cref="QmpException">It is not found, or no longer; nothing is drained.</exception>
    /// <returns>The node.</returns>
    public static async ValueTask<DrainedNode> FindAsync(Func<BlockNode> find)
    {
        while (true)
        {
            BlockNode node = find();
            node.Graph.Ref(node);
            var found = new DrainedNode(node, await node.DrainAsync());
            if (!node.IsTakenOut && IsStillFound(find, node))
            {
                return found;
            }

            await found.DisposeAsync();
            if (node.IsTakenOut && IsStillFound(find, node))
            {
                throw new QmpException($"Node '{node.NodeName}' is being removed");
            }
        }
    }

    /// <summary>Ends the section and gives the node back.</summary>
    /// <returns>A task that ends when both are done.</returns>
    public ValueTask DisposeAsync()
    {
        _section.Dispose();
        return Node.Graph.UnrefAsync(Node);
    }

    // Where it is no longer, it is looked for once more by the caller's loop, which says so.
    private static bool IsStillFound(Func<BlockNode> find, BlockNode node)
    {
        try
        {
            return find() == node;
        }
        catch (QmpException)
        {
            return false;
        }
    }
}
