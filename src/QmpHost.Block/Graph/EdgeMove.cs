using QmpHost.Block.Graph.Permissions;

namespace QmpHost.Block.Graph;

/// <summary>Edges that change their lower end together; undone as a whole when permissions forbid it.</summary>
internal sealed class EdgeMove
{
    private readonly List<(BlockChild Edge, BlockNode From)> _moved = [];
    private readonly List<(BlockNode Parent, BlockChild Edge)> _cut = [];
    private readonly List<(BlockNode Parent, BlockChild Edge)> _added = [];

    /// <summary>Lets an edge lead to another node.</summary>
    public void Move(BlockChild edge, BlockNode to)
    {
        _moved.Add((edge, edge.Node));
        Relink(edge, to);
    }

    /// <summary>Takes an edge away from its parent node and its child.</summary>
    public void Cut(BlockNode parent, BlockChild edge)
    {
        _cut.Add((parent, edge));
        parent.RemoveChild(edge);
        edge.Node.RemoveParent(edge);
    }

    /// <summary>Gives a parent a new child.</summary>
    /// <returns>The edge, whose permissions are still none.</returns>
    public BlockChild Add(BlockNode parent, BlockNode child, string name, ChildRole role)
    {
        var edge = new BlockChild(parent, child, name, role) { Used = BlockPermissions.None, Shared = BlockPermissions.All };
        _added.Add((parent, edge));
        parent.AddChild(edge);
        child.AddParent(edge);
        child.RefCount++;
        return edge;
    }

    /// <summary>Gives up the references of edges that have been cut. Somebody else must hold one to each of their nodes.</summary>
    public void ReleaseCut()
    {
        foreach ((_, BlockChild edge) in _cut)
        {
            edge.Node.RefCount--;
        }
    }

    /// <summary>Checks permissions over what has changed, and puts everything back if they forbid it.</summary>
    /// <exception cref="Qapi.QmpException">They do.</exception>
    public void CheckOrUndo(params IEnumerable<BlockNode> roots)
    {
        try
        {
            PermissionUpdate.Run(roots);
        }
        catch
        {
            Undo();
            throw;
        }
    }

    /// <summary>Puts everything back. Parents are held back by a drained section as far as the nodes are that they have again.</summary>
    public void Undo()
    {
        foreach ((BlockNode parent, BlockChild edge) in _added)
        {
            edge.Node.RemoveParent(edge);
            parent.RemoveChild(edge);
            edge.ReleaseParent();
            edge.Node.RefCount--;
        }

        for (int i = _moved.Count - 1; i >= 0; i--)
        {
            Relink(_moved[i].Edge, _moved[i].From);
            _moved[i].Edge.FollowNode();
        }

        foreach ((BlockNode parent, BlockChild edge) in _cut)
        {
            parent.AddChild(edge);
            edge.Node.AddParent(edge);
            edge.FollowNode();
        }
    }

    private static void Relink(BlockChild edge, BlockNode to)
    {
        edge.Node.RemoveParent(edge);
        edge.Node.RefCount--;
        edge.Node = to;
        to.RefCount++;
        to.AddParent(edge);
        if (edge.Parent is BlockNode parent)
        {
            // It counts as the newest from now on, which listings of the graph show.
            parent.RemoveChild(edge);
            parent.AddChild(edge);
        }

        to.Graph.NoteChange();
    }
}
