using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Exports;

/// <summary>
/// QEMU's rules about iothreads of exports. A host has one loop, so nothing moves; but what QEMU refuses is refused: nodes that
/// are connected share one iothread, and one that somebody has pinned cannot change.
/// </summary>
internal static class IOThreadRules
{
    /// <summary>Finds out in which iothread a new export will be, moving exports that may move.</summary>
    /// <param name="node">The node to export.</param>
    /// <param name="exports">The exports that are there.</param>
    /// <param name="wanted">The iothread that the options name, or null.</param>
    /// <param name="isFixed">Whether the export must be where it wants to be.</param>
    /// <returns>The iothread, or null for the main loop.</returns>
    /// <exception cref="QmpException">The export wants to be elsewhere, and must.</exception>
    public static string? Assign(BlockNode node, IEnumerable<BlockExport> exports, string? wanted, bool isFixed)
    {
        HashSet<BlockNode> connected = FindConnected(node);
        List<BlockExport> neighbours = [.. exports.Where(export => export.Backend.Root is { } root && connected.Contains(root.Node))];
        string? current = neighbours.Count == 0 ? null : neighbours[0].IOThread;
        if (wanted is null || wanted == current)
        {
            return current;
        }

        if (neighbours.Exists(static export => export.HasFixedIOThread) || HasDevice(node.Graph, connected))
        {
            return isFixed ? throw new QmpException("Cannot change iothread of active block backend") : current;
        }

        neighbours.ForEach(export => export.IOThread = wanted);
        return wanted;
    }

    private static bool HasDevice(BlockGraph graph, HashSet<BlockNode> nodes)
    {
        foreach (BlockBackend backend in graph.Backends)
        {
            if (backend.Root is { } root && nodes.Contains(root.Node))
            {
                return true;
            }
        }

        return false;
    }

    private static HashSet<BlockNode> FindConnected(BlockNode start)
    {
        HashSet<BlockNode> found = [start];
        var pending = new Queue<BlockNode>([start]);
        while (pending.TryDequeue(out BlockNode? node))
        {
            IEnumerable<BlockNode> neighbours = node.Children.Select(static edge => edge.Node)
                .Concat(node.Parents.Select(static edge => edge.Parent).OfType<BlockNode>());
            foreach (BlockNode neighbour in neighbours)
            {
                if (found.Add(neighbour))
                {
                    pending.Enqueue(neighbour);
                }
            }
        }

        return found;
    }
}
