using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph.Permissions;

/// <summary>
/// One change of permissions over a part of the graph: what every edge would use and share is computed and checked
/// from the top down, and taken over as a whole or not at all.
/// </summary>
internal sealed class PermissionUpdate
{
    private readonly Dictionary<BlockChild, (BlockPermissions Used, BlockPermissions Shared)> _edges = [];
    private readonly List<BlockNode> _checked = [];

    /// <summary>Recomputes everything below some nodes.</summary>
    /// <exception cref="QmpException">A conflict; nothing has changed.</exception>
    public static void Run(params IEnumerable<BlockNode> roots) => new PermissionUpdate().Apply(roots);

    /// <summary>Changes an edge whose parent is not a node, and everything below it.</summary>
    /// <exception cref="QmpException">A conflict; nothing has changed.</exception>
    public static void Run(BlockChild edge, BlockPermissions used, BlockPermissions shared)
    {
        var update = new PermissionUpdate();
        update._edges[edge] = (used, shared);
        update.Apply([edge.Node]);
    }

    /// <summary>What all parents of a node use and share.</summary>
    public static (BlockPermissions Used, BlockPermissions Shared) Cumulate(BlockNode node)
    {
        BlockPermissions used = BlockPermissions.None;
        BlockPermissions shared = BlockPermissions.All;
        foreach (BlockChild edge in node.Parents)
        {
            used |= edge.Used;
            shared &= edge.Shared;
        }

        return (used, shared);
    }

    private void Apply(IEnumerable<BlockNode> roots)
    {
        try
        {
            foreach (BlockNode node in TopDown(roots))
            {
                CheckParents(node);
                Update(node);
            }
        }
        catch
        {
            foreach (BlockNode node in _checked)
            {
                node.Driver.AbortPermissions();
            }

            throw;
        }

        foreach ((BlockChild edge, (BlockPermissions used, BlockPermissions shared)) in _edges)
        {
            edge.Used = used;
            edge.Shared = shared;
        }

        foreach (BlockNode node in _checked)
        {
            node.Driver.CommitPermissions();
        }
    }

    private (BlockPermissions Used, BlockPermissions Shared) Get(BlockChild edge)
        => _edges.TryGetValue(edge, out (BlockPermissions, BlockPermissions) pending) ? pending : (edge.Used, edge.Shared);

    // Allowing is not mutual: each parent is held against what all others use.
    private void CheckParents(BlockNode node)
    {
        BlockPermissions byOne = BlockPermissions.None;
        BlockPermissions bySeveral = BlockPermissions.None;
        foreach (BlockChild user in node.Parents)
        {
            BlockPermissions used = Get(user).Used;
            bySeveral |= byOne & used;
            byOne |= used;
        }

        foreach (BlockChild refuser in node.Parents)
        {
            (BlockPermissions own, BlockPermissions shared) = Get(refuser);
            if ((~shared & (bySeveral | (byOne & ~own))) != BlockPermissions.None)
            {
                throw Conflict(node, refuser);
            }
        }
    }

    private QmpException Conflict(BlockNode node, BlockChild refuser)
    {
        BlockPermissions refused = ~Get(refuser).Shared & BlockPermissions.All;
        BlockChild user = node.Parents.First(parent => parent != refuser && (Get(parent).Used & refused) != BlockPermissions.None);
        return new QmpException(PermissionText.Conflict(user, refuser, Get(user).Used & refused));
    }

    private void Update(BlockNode node)
    {
        BlockPermissions used = BlockPermissions.None;
        BlockPermissions shared = BlockPermissions.All;
        foreach (BlockChild edge in node.Parents)
        {
            (BlockPermissions edgeUsed, BlockPermissions edgeShared) = Get(edge);
            used |= edgeUsed;
            shared &= edgeShared;
        }

        CheckNode(node, used);
        _checked.Add(node);
        node.Driver.CheckPermissions(used, shared);
        foreach (BlockChild child in node.Children)
        {
            (BlockPermissions childUsed, BlockPermissions childShared) = node.Driver.GetChildPermissions(child, used, shared);
            if (child.Node.ForceShare)
            {
                childShared = BlockPermissions.All;
            }

            _edges[child] = (childUsed, childShared);
        }
    }

    private static void CheckNode(BlockNode node, BlockPermissions used)
    {
        const BlockPermissions Changing = BlockPermissions.Write | BlockPermissions.WriteUnchanged | BlockPermissions.Resize;
        if (!node.IsActive && (used & Changing) != 0 && node.Graph.Context.Profile.Has(Behaviour.InactiveNodesSaySo))
        {
            throw new QmpException($"Permission '{PermissionText.Names(used & Changing)}' unavailable on inactive node");
        }

        if ((used & (BlockPermissions.Write | BlockPermissions.WriteUnchanged)) != 0 && !node.IsWritable)
        {
            throw new QmpException(node.BecomesReadOnly
                ? $"Read-only block node '{node.NodeName}' cannot support read-write users"
                : "Block node is read-only");
        }

        if ((used & BlockPermissions.Write) != 0 && (used & BlockPermissions.Resize) == 0
            && !Alignment.IsAligned(node.Length, node.Limits.RequestAlignment))
        {
            throw new QmpException(
                "Cannot get 'write' permission without 'resize': Image size is not a multiple of request alignment");
        }
    }

    // Every node after all of its parents, as far as they belong to the part.
    private static List<BlockNode> TopDown(IEnumerable<BlockNode> roots)
    {
        List<BlockNode> order = [];
        HashSet<BlockNode> seen = [];
        foreach (BlockNode root in roots)
        {
            Visit(root, seen, order);
        }

        order.Reverse();
        return order;
    }

    private static void Visit(BlockNode node, HashSet<BlockNode> seen, List<BlockNode> order)
    {
        if (!seen.Add(node))
        {
            return;
        }

        foreach (BlockChild child in node.Children)
        {
            Visit(child.Node, seen, order);
        }

        order.Add(node);
    }
}
