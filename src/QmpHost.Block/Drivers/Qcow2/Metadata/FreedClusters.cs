using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>
/// Holds freed clusters back until they can be used again without harm: requests that were under way may still read or
/// write them, and tables in the file may still refer to them.
/// </summary>
/// <remarks>Used on the event loop only.</remarks>
internal sealed class FreedClusters
{
    // Where more clusters are held back, where the next ones lie is worth no search.
    private const int MostToSearch = 1000;

    private readonly int _clusterBits;
    private readonly Queue<AccessGeneration> _generations = new();
    private readonly HashSet<long> _held = [];
    private readonly HashSet<long> _passed = [];
    private readonly List<FreedRange> _pending = [];
    private readonly LinkedList<FreedRange> _toDiscard = new();
    private AccessGeneration _current;

    public FreedClusters(int clusterBits)
    {
        _clusterBits = clusterBits;
        _current = new AccessGeneration();
        _generations.Enqueue(_current);
    }

    /// <summary>Raised when clusters may be allocated again, with the first one that was not passed.</summary>
    public event Action<long>? Released;

    /// <summary>The lowest cluster held back that was not passed, if that is worth looking for.</summary>
    public long? LowestToReturnTo => _held.Count is 0 or > MostToSearch || _held.Count == _passed.Count ? null : _held.Except(_passed).Min();

    /// <summary>Whether a flush of the L2 tables would make clusters available.</summary>
    public bool WantsStableTables => _pending.Exists(r => r.IsQuiet && !r.IsStable);

    /// <summary>Whether space waits to be given up in the image file.</summary>
    public bool HasDiscards => _toDiscard.Count != 0;

    /// <summary>Whether a cluster is held back.</summary>
    public bool Holds(long cluster) => _held.Count != 0 && _held.Contains(cluster);

    /// <summary>Notes that clusters held back in front of a place would not have been taken: nobody returns to them when they are free.</summary>
    public void Pass(long end) => _passed.UnionWith(_held.Where(cluster => cluster < end));

    /// <summary>Whether any cluster of a range is held back.</summary>
    public bool HoldsAny(long first, long count) => _held.Count != 0 && _held.Any(cluster => cluster >= first && cluster < first + count);

    /// <summary>A request that may use host clusters begins.</summary>
    /// <returns>What <see cref="End"/> takes.</returns>
    public AccessGeneration Begin()
    {
        if (_current.Freed.Count != 0)
        {
            _current = new AccessGeneration();
            _generations.Enqueue(_current);
        }

        _current.Active++;
        return _current;
    }

    /// <summary>The request has ended.</summary>
    public void End(AccessGeneration generation)
    {
        generation.Active--;
        Advance();
    }

    /// <summary>Takes a cluster that was freed.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="discard">Whether and when to tell the image file.</param>
    /// <param name="isUnused">Whether no table in the file has ever referred to it since it was allocated.</param>
    public void Add(long cluster, HostDiscard discard, bool isUnused)
    {
        _held.Add(cluster);
        FreedRange? last = _current.Freed.Count != 0 ? _current.Freed[^1] : null;
        if (last is { IsQuiet: false } && last.Discard == discard && last.IsStable == isUnused && last.First + last.Count == cluster)
        {
            last.Count++;
            return;
        }

        var range = new FreedRange(cluster, discard) { IsStable = isUnused };
        _current.Freed.Add(range);
        _pending.Add(range);
    }

    /// <summary>All tables in the file are as those in memory.</summary>
    public void OnTablesStable()
    {
        foreach (FreedRange range in _pending)
        {
            range.IsStable = true;
        }

        Sweep();
    }

    /// <summary>Looks whether what was just freed is in use by nobody; called when a batch of frees is complete.</summary>
    public void Advance()
    {
        bool changed = false;
        while (_generations.TryPeek(out AccessGeneration? oldest) && oldest.Active == 0)
        {
            foreach (FreedRange range in oldest.Freed)
            {
                range.IsQuiet = true;
                changed = true;
            }

            oldest.Freed.Clear();
            if (oldest == _current)
            {
                break;
            }

            _generations.Dequeue();
        }

        if (changed)
        {
            Sweep();
        }
    }

    /// <summary>Gives up space in the image file that nobody needs any more.</summary>
    /// <param name="file">The file that holds the clusters.</param>
    public async ValueTask DiscardAsync(BlockChild file)
    {
        while (TakeNeighbours() is { Count: > 0 } ranges)
        {
            long first = ranges.Min(static range => range.First);
            long count = ranges.Sum(static range => range.Count);
            try
            {
                await file.DiscardAsync(first << _clusterBits, count << _clusterBits);
            }
            catch (BlockIOException)
            {
                // Giving up space is a courtesy: the clusters are free all the same.
            }

            foreach (FreedRange range in ranges)
            {
                range.NeedsDiscard = false;
            }

            Sweep();
        }
    }

    /// <summary>Takes the range that waits for longest and all that wait and form one area with it.</summary>
    private List<FreedRange> TakeNeighbours()
    {
        var taken = new List<FreedRange>();
        if (_toDiscard.First is not { } oldest)
        {
            return taken;
        }

        long start = oldest.Value.First;
        long end = start;
        for (LinkedListNode<FreedRange>? node = oldest; node is not null; node = FindNeighbour(start, end))
        {
            taken.Add(node.Value);
            _toDiscard.Remove(node);
            start = Math.Min(start, node.Value.First);
            end = Math.Max(end, node.Value.First + node.Value.Count);
        }

        return taken;
    }

    private LinkedListNode<FreedRange>? FindNeighbour(long start, long end)
    {
        LinkedListNode<FreedRange>? node = _toDiscard.First;
        while (node is not null && node.Value.First != end && node.Value.First + node.Value.Count != start)
        {
            node = node.Next;
        }

        return node;
    }

    private void Sweep()
    {
        foreach (FreedRange range in _pending)
        {
            bool ready = range.IsQuiet && (range.IsStable || range.Discard == HostDiscard.AtOnce);
            if (ready && range.NeedsDiscard && !range.IsDiscardQueued)
            {
                range.IsDiscardQueued = true;
                _toDiscard.AddLast(range);
            }
        }

        _pending.RemoveAll(range =>
        {
            bool done = range.IsQuiet && range.IsStable && !range.NeedsDiscard;
            if (done)
            {
                Release(range);
            }

            return done;
        });
    }

    private void Release(FreedRange range)
    {
        long? first = null;
        for (long cluster = range.First; cluster < range.First + range.Count; cluster++)
        {
            _held.Remove(cluster);
            if (!_passed.Remove(cluster))
            {
                first ??= cluster;
            }
        }

        if (first is { } lowest)
        {
            Released?.Invoke(lowest);
        }
    }
}
