using QmpHost.Block.Graph;

namespace QmpHost.Block.Exports;

/// <summary>
/// The order in which QEMU's exports go when all have to: those without clients from the oldest on, then those with clients, the
/// one that was heard of last first. But an export does not leave a node before the clients that other exports have on it, and
/// while it waits for them the turn passes to the next.
/// </summary>
internal sealed class ExportRemovalOrder
{
    private readonly List<BlockExport> _order = [];
    private readonly Queue<BlockExport> _idle;
    private readonly List<BlockExport> _used;
    private readonly HashSet<BlockNode> _left = [];

    private ExportRemovalOrder(IReadOnlyList<BlockExport> exports, bool newestFirst)
    {
        IEnumerable<BlockExport> idle = exports.Where(static export => !export.HasClients);
        _idle = new Queue<BlockExport>(newestFirst ? idle.Reverse() : idle);
        _used = [.. exports.Except(_idle)];
    }

    /// <summary>Puts the exports of a host into this order.</summary>
    /// <param name="exports">The exports from the oldest on.</param>
    /// <param name="newestFirst">Whether those without clients go from the newest on, as in later releases.</param>
    /// <returns>The exports in order.</returns>
    public static IReadOnlyList<BlockExport> Of(IReadOnlyList<BlockExport> exports, bool newestFirst)
    {
        var order = new ExportRemovalOrder(exports, newestFirst);
        order.AddIdle();
        order._order.AddRange(order._used.OrderByDescending(static export => export.LastReceived));
        return order._order;
    }

    private void AddIdle()
    {
        while (_idle.TryDequeue(out BlockExport? export))
        {
            BlockNode node = export.Backend.Node;
            if (_used.Exists(other => other.Backend.Node == node) && _left.Add(node))
            {
                AddIdle();
                AddUsedOfLeft();
            }

            _order.Add(export);
        }
    }

    private void AddUsedOfLeft()
    {
        _order.AddRange(_used.Where(export => _left.Contains(export.Backend.Node)));
        _used.RemoveAll(export => _left.Contains(export.Backend.Node));
    }
}
