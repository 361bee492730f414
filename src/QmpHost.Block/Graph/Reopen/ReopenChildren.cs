using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>The "file" and "backing" children that new options name instead of those that a node has.</summary>
internal sealed class ReopenChildren
{
    private readonly List<ChildChange> _changes = [];

    /// <summary>The nodes that lose a parent.</summary>
    public IEnumerable<BlockNode> Left => _changes.Select(static change => change.Edge?.Node).OfType<BlockNode>();

    /// <summary>Finds out what changes for a node; nothing does yet.</summary>
    /// <exception cref="QmpException">A child does not exist, or cannot change.</exception>
    /// <returns>The names of the children that the options have decided.</returns>
    public IReadOnlyCollection<string> Plan(ReopenEntry entry)
    {
        if (entry.IsKept)
        {
            return [];
        }

        BlockNode node = entry.Node;
        QDict members = ReopenOptionCheck.ToDict(entry.Node, entry.Options);
        CheckBackingIsSaid(node, members);
        return [.. ((string[])["backing", "file"]).Where(name => members.TryGetValue(name, out QObject? said) && Plan(node, name, said))];
    }

    /// <summary>Lets the edges lead to their new nodes.</summary>
    /// <exception cref="QmpException">There would be a cycle; what has been moved is put back by <see cref="EdgeMove.Undo"/>.</exception>
    public void Apply(EdgeMove move)
    {
        foreach (ChildChange change in _changes)
        {
            CheckCycle(change.Parent, change.Name, change.To);
            if (change.To is null)
            {
                move.Cut(change.Parent, change.Edge!);
            }
            else if (change.Edge is { } edge)
            {
                move.Move(edge, change.To);
            }
            else
            {
                change.Added = move.Add(change.Parent, change.To, change.Name, ChildRole.Cow);
            }
        }
    }

    /// <summary>After the change is certain: nodes are held back, or no longer, by what they have as children now.</summary>
    public void Follow()
    {
        foreach (ChildChange change in _changes)
        {
            change.Parent.AutoBackingFilename = change.Name == "backing" ? null : change.Parent.AutoBackingFilename;
            if (change.To is null)
            {
                change.Edge!.ReleaseParent();
            }
            else
            {
                (change.Edge ?? change.Added!).FollowNode();
            }
        }
    }

    // An image whose header names a backing file would get that one back, which nobody may want by accident.
    private static void CheckBackingIsSaid(BlockNode node, QDict members)
    {
        if (node.Driver.Descriptor.SupportsBacking && !members.ContainsKey("backing")
            && (node.Driver.BackingFilename is not null || node.Backing is not null))
        {
            throw new QmpException($"backing is missing for '{node.NodeName}'");
        }
    }

    private static void CheckCycle(BlockNode parent, string name, BlockNode? to)
    {
        if (to is not null && GraphReplace.IsReachable(to, parent))
        {
            throw new QmpException($"Making '{to.NodeName}' a {name} child of '{parent.NodeName}' would create a cycle");
        }
    }

    private bool Plan(BlockNode node, string name, QObject said)
    {
        BlockChild? edge = name == "file" ? node.File : node.Backing;
        BlockNode? to;
        switch (said)
        {
            case QNull:
                to = null;
                break;
            case QString reference:
                to = LookUp(node.Graph, reference.Value);
                break;
            default:
                return false;
        }

        if (to != edge?.Node)
        {
            CheckCycle(node, name, to);
            if (edge is { IsFrozen: true })
            {
                throw new QmpException($"Cannot change frozen '{name}' link from '{node.NodeName}' to '{edge.Node.NodeName}'");
            }

            _changes.Add(new ChildChange(node, name, edge, to));
        }

        return true;
    }

    private static BlockNode LookUp(BlockGraph graph, string name)
        => graph.FindBackend(name)?.Root?.Node ?? graph.FindNode(name)
            ?? throw new QmpException($"Cannot find device='' nor node-name='{name}'");

    private sealed record ChildChange(BlockNode Parent, string Name, BlockChild? Edge, BlockNode? To)
    {
        public BlockChild? Added { get; set; }
    }
}
