using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>blockdev-reopen: gives nodes other options under running I/O, all of them or none.</summary>
internal sealed class GraphReopen(BlockGraph graph)
{
    private readonly ReopenChildren _children = new();

    /// <summary>Reopens nodes.</summary>
    /// <exception cref="QmpException">One of them cannot be reopened; nothing has changed.</exception>
    public async ValueTask RunAsync(IReadOnlyList<BlockdevOptions> options)
    {
        var queue = new ReopenQueue(graph);
        foreach (BlockdevOptions one in options)
        {
            queue.Add(one);
        }

        await RunAsync(queue);
    }

    /// <summary>Makes a node writable or read-only.</summary>
    /// <exception cref="QmpException">It cannot be; nothing has changed.</exception>
    public ValueTask RunAsync(BlockNode node, bool readOnly)
    {
        var queue = new ReopenQueue(graph);
        queue.Add(node, readOnly);
        return RunAsync(queue);
    }

    private async ValueTask RunAsync(ReopenQueue queue)
    {
        BlockNode[] nodes = [.. queue.Entries.Select(static entry => entry.Node)];
        int drained = 0;
        Array.ForEach(nodes, graph.Ref);
        try
        {
            for (; drained < nodes.Length; drained++)
            {
                await nodes[drained].DrainBeginAsync();
            }

            using ChangeDrain.Section change = graph.ChangeDrain.Begin();
            await RunDrainedAsync(queue.Entries);
        }
        finally
        {
            while (drained > 0)
            {
                nodes[--drained].DrainEnd();
            }

            foreach (BlockNode node in nodes)
            {
                await graph.UnrefAsync(node);
            }
        }
    }

    private async ValueTask RunDrainedAsync(IReadOnlyList<ReopenEntry> entries)
    {
        var prepared = new Stack<ReopenEntry>();
        try
        {
            foreach (ReopenEntry entry in entries)
            {
                prepared.Push(entry);
                await entry.PrepareAsync();
                IReadOnlyCollection<string> taken = _children.Plan(entry);
                if (entry.IsKept)
                {
                    ReopenOptionCheck.CheckKept(entry.Node);
                }
                else
                {
                    ReopenOptionCheck.CheckRest(entry.Node, entry.Options, taken);
                }
            }

            await SwitchAsync(entries);
        }
        catch
        {
            foreach (ReopenEntry entry in prepared)
            {
                await entry.AbortAsync();
            }

            throw;
        }

        await FinishAsync(entries);
    }

    // Up to here nothing has changed that anybody sees; from the permissions on nothing can fail any more.
    private async ValueTask SwitchAsync(IReadOnlyList<ReopenEntry> entries)
    {
        BlockNode[] left = [.. _children.Left];
        var move = new EdgeMove();
        Array.ForEach(left, graph.Ref);
        try
        {
            _children.Apply(move);
            Apply(entries);
            PermissionUpdate.Run([.. entries.Select(static entry => entry.Node), .. left]);
        }
        catch
        {
            Revert(entries);
            move.Undo();
            Array.ForEach(left, static node => node.RefCount--);
            throw;
        }

        move.ReleaseCut();
        _children.Follow();
        foreach (ReopenEntry entry in entries)
        {
            entry.Commit();
        }

        foreach (BlockNode node in left)
        {
            await node.Driver.SettlePermissionsAsync();
            await graph.UnrefAsync(node);
        }
    }

    private static void Apply(IReadOnlyList<ReopenEntry> entries)
    {
        foreach (ReopenEntry entry in entries)
        {
            entry.ApplyFlags();
        }
    }

    private static void Revert(IReadOnlyList<ReopenEntry> entries)
    {
        foreach (ReopenEntry entry in entries)
        {
            entry.RevertFlags();
        }
    }

    private async ValueTask FinishAsync(IReadOnlyList<ReopenEntry> entries)
    {
        foreach (ReopenEntry entry in entries.Reverse())
        {
            await RefreshAsync(entry.Node);
        }

        foreach (ReopenEntry entry in entries)
        {
            await FinishAsync(entry);
        }
    }

    private async ValueTask FinishAsync(ReopenEntry entry)
    {
        try
        {
            await entry.FinishAsync();
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            graph.Context.Report(ReportKind.Failure, e.Message);
        }
    }

    private static async ValueTask RefreshAsync(BlockNode node)
    {
        node.RefreshLimits();
        foreach (BlockChild edge in node.Parents)
        {
            (edge.Parent as BlockNode)?.RefreshLimits();
        }

        long before = node.Length;
        try
        {
            await node.RefreshLengthAsync();
        }
        catch (QmpException)
        {
            // As long as it was, as far as anybody knows.
            return;
        }

        if (node.Length != before)
        {
            node.Bitmaps.Truncate(node.Length);
            node.NotifyResized();
        }
    }
}
