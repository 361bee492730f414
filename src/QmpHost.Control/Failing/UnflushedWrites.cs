using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Interception;

namespace QmpHost.Control.Failing;

/// <summary>
/// What was written to files and not flushed since: the old contents, so that any part of it can be taken back as a loss of power
/// does. Used on the host's loop only.
/// </summary>
internal sealed class UnflushedWrites
{
    private const int Sector = 512;

    // Longer areas, which are zeroed or dropped, count as flushed.
    private const long Longest = 16 * 1024 * 1024;

    private readonly List<(BlockNode Node, long Offset, byte[] Old, long Order)> _writes = [];
    private readonly Dictionary<BlockNode, long> _flushing = [];
    private long _order;

    /// <summary>Whether it is kept.</summary>
    public bool IsOn { get; set; }

    /// <summary>Keeps what a request is about to overwrite.</summary>
    public async ValueTask NoteAsync(NodeRequest request)
    {
        if (request.Kind == NodeRequestKind.Flush)
        {
            _flushing[request.Node] = _order;
            return;
        }

        if (!request.Node.Driver.Descriptor.IsProtocol || request.Bytes > Longest
            || request.Kind is not (NodeRequestKind.Write or NodeRequestKind.WriteZeroes or NodeRequestKind.Discard))
        {
            return;
        }

        // Behind the end of the file there is nothing to keep: after a loss of power it reads as zeroes.
        byte[] old = new byte[request.Bytes];
        long inside = Math.Min(request.Bytes, request.Node.Length - request.Offset);
        if (inside > 0)
        {
            try
            {
                await request.Node.Driver.ReadAsync(request.Offset, old.AsMemory(0, (int)inside), RequestFlags.None);
            }
            catch (BlockIOException)
            {
                return;
            }
        }

        _writes.Add((request.Node, request.Offset, old, ++_order));
    }

    /// <summary>Forgets what a flush has made stable: what was written before it began.</summary>
    public void NoteFlush(BlockNode node)
    {
        if (_flushing.Remove(node, out long begun))
        {
            _writes.RemoveAll(write => write.Node == node && write.Order <= begun);
        }
    }

    /// <summary>Takes a part of it back: each sector keeps the contents that it had after one of the writes, or before all of them.</summary>
    /// <returns>How many sectors have lost their last contents.</returns>
    public async Task<int> LoseAsync(int seed)
    {
        var random = new Random(seed);
        var settled = new HashSet<(BlockNode, long)>();
        var lost = new HashSet<(BlockNode, long)>();
        for (int i = _writes.Count - 1; i >= 0; i--)
        {
            (BlockNode node, long offset, byte[] old, _) = _writes[i];
            for (int at = 0; at < old.Length; at += Sector)
            {
                (BlockNode, long) sector = (node, (offset + at) / Sector);
                if (settled.Contains(sector))
                {
                    continue;
                }

                if (random.Next(2) == 0)
                {
                    settled.Add(sector);
                    continue;
                }

                lost.Add(sector);
                await node.Driver.WriteAsync(offset + at, old.AsMemory(at, Math.Min(Sector, old.Length - at)), RequestFlags.None);
            }
        }

        _writes.Clear();
        return lost.Count;
    }
}
