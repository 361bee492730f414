using QmpHost.Block.Graph.Drain;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>Changes of the graph's shape under running I/O: inserting and removing filters, replacing nodes.</summary>
internal sealed class GraphReplace(BlockGraph graph)
{
    public async ValueTask<BlockNode> InsertFilterAsync(BlockNode node, BlockdevOptions options)
    {
        BlockNode filter;
        try
        {
            filter = await graph.Opener.OpenAsync(options, NodeFlags.OfRoot(options) with { IsOfJob = true });
        }
        catch (QmpException e)
        {
            throw new QmpException(e.ErrorClass, $"Could not create node: {e.Message}");
        }

        using DrainedSection drained = await node.DrainAsync();
        try
        {
            await ReplaceAsync(node, filter, static _ => true);
            return filter;
        }
        catch (QmpException e)
        {
            await graph.UnrefAsync(filter);
            throw new QmpException(e.ErrorClass, $"Could not replace node: {e.Message}");
        }
    }

    /// <summary>Puts a filter that no options describe above a node.</summary>
    public async ValueTask<BlockNode> InsertFilterAsync(BlockNode node, string childName, BlockDriver driver, string? filterName, bool readOnly)
    {
        using ChangeDrain.Section change = graph.ChangeDrain.Begin();
        BlockNode filter = graph.Opener.OpenOver(node, childName, driver, filterName, readOnly);
        try
        {
            await ReplaceAsync(node, filter, static _ => true);
            return filter;
        }
        catch
        {
            await graph.UnrefAsync(filter);
            throw;
        }
    }

    /// <summary>Lets the edge to the backing node lead elsewhere, or makes or removes it.</summary>
    public async ValueTask SetBackingAsync(BlockNode overlay, BlockNode? backing)
    {
        BlockChild? edge = overlay.Backing;
        if (edge?.Node == backing)
        {
            return;
        }

        if (edge is { IsFrozen: true })
        {
            throw new QmpException($"Cannot change frozen 'backing' link from '{overlay.NodeName}' to '{edge.Node.NodeName}'");
        }

        using DrainedSection drained = await overlay.DrainAsync();
        if (edge is null)
        {
            graph.Attach(overlay, backing!, "backing", ChildRole.Cow, BlockPermissions.None, BlockPermissions.All);
            overlay.RefreshLimits();
        }
        else if (backing is null)
        {
            await graph.DetachAsync(edge);
            overlay.RefreshLimits();
        }
        else
        {
            await MoveAsync(edge, backing);
            overlay.RefreshLimits();
        }
    }

    public async ValueTask RemoveFilterAsync(BlockNode filter, bool keepsChild)
    {
        using DrainedSection drained = await filter.DrainAsync();

        // Only now: while the filter became quiet, another that ended may have taken itself out below it.
        BlockChild edge = filter.FilteredChild ?? throw new InvalidOperationException("The node is no filter.");
        BlockNode below = edge.Node;
        graph.Ref(below);
        try
        {
            // Who holds the node below, as the job of another filter, is not held back.
            using ChangeDrain.Section change = graph.ChangeDrain.Begin();
            Replace(filter, below, static _ => true, cut: keepsChild ? null : edge);
            filter.IsTakenOut = true;
        }
        finally
        {
            drained.Dispose();
            await graph.UnrefAsync(below);
        }
    }

    /// <summary>Moves parents of a node to another.</summary>
    public async ValueTask ReplaceAsync(BlockNode from, BlockNode to, Func<BlockChild, bool> isMoved)
    {
        graph.Ref(from);
        try
        {
            using DrainedSection fromDrained = await from.DrainAsync();
            using DrainedSection toDrained = await to.DrainAsync();
            using ChangeDrain.Section change = graph.ChangeDrain.Begin();
            Replace(from, to, isMoved);
        }
        finally
        {
            await graph.UnrefAsync(from);
        }
    }

    /// <summary>Moves one edge to another node.</summary>
    public async ValueTask MoveAsync(BlockChild edge, BlockNode to)
    {
        BlockNode from = edge.Node;
        if (from == to)
        {
            return;
        }

        graph.Ref(from);
        try
        {
            using DrainedSection fromDrained = await from.DrainAsync();
            using DrainedSection toDrained = await to.DrainAsync();
            var move = new EdgeMove();
            move.Move(edge, to);
            move.CheckOrUndo(from, to);
            edge.FollowNode();
        }
        finally
        {
            await graph.UnrefAsync(from);
        }
    }

    /// <summary>Whether one node can be reached from another by way of children.</summary>
    public static bool IsReachable(BlockNode from, BlockNode target)
    {
        if (from == target)
        {
            return true;
        }

        foreach (BlockChild child in from.Children)
        {
            if (IsReachable(child.Node, target))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves the parents, and cuts an edge of the first node in the same step.</summary>
    private static void Replace(BlockNode from, BlockNode to, Func<BlockChild, bool> isMoved, BlockChild? cut = null)
    {
        var move = new EdgeMove();
        BlockChild[] edges = [.. from.Parents];
        foreach (BlockChild edge in edges)
        {
            if (isMoved(edge) && ShouldMove(edge, to))
            {
                move.Move(edge, to);
            }
        }

        if (cut is not null)
        {
            move.Cut(from, cut);
        }

        move.CheckOrUndo(from, to);
        if (cut is not null)
        {
            // Those who removed the edge's parent hold a reference to the child.
            cut.Node.RefCount--;
            cut.ReleaseParent();
        }

        foreach (BlockChild edge in edges)
        {
            edge.FollowNode();
        }
    }

    // An edge of the new node itself, or of something below it, would become a loop.
    private static bool ShouldMove(BlockChild edge, BlockNode to)
        => !edge.Parent.StaysAtNode && !(edge.Parent is BlockNode parent && IsReachable(to, parent));
}
