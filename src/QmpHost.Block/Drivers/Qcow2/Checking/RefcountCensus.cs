namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Counts references to host clusters, in pages that exist only where something is referenced.</summary>
/// <param name="max">The highest count; a cluster that is referenced more often stays at it.</param>
internal sealed class RefcountCensus(ulong max)
{
    private const int PageBits = 12;
    private const int PageMask = (1 << PageBits) - 1;

    private readonly uint _max = (uint)Math.Min(max, uint.MaxValue);
    private readonly Dictionary<long, uint[]> _pages = [];

    /// <summary>Behind the last cluster that is referenced.</summary>
    public long End { get; private set; }

    public ulong this[long cluster]
        => _pages.TryGetValue(cluster >> PageBits, out uint[]? page) ? page[cluster & PageMask] : 0;

    /// <summary>Whether nothing in an area is referenced, as far as can be told at once.</summary>
    public bool IsEmpty(long first, long count)
    {
        for (long page = first >> PageBits; page << PageBits < first + count; page++)
        {
            if (_pages.ContainsKey(page))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a cluster of an area is referenced.</summary>
    public bool HasReferences(long first, long count)
    {
        if (IsEmpty(first, count))
        {
            return false;
        }

        for (long cluster = first; cluster < first + count; cluster++)
        {
            if (this[cluster] != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Counts a reference.</summary>
    /// <returns>False if the count is at its maximum already.</returns>
    public bool Add(long cluster)
    {
        if (!_pages.TryGetValue(cluster >> PageBits, out uint[]? page))
        {
            page = new uint[1 << PageBits];
            _pages.Add(cluster >> PageBits, page);
        }

        if (page[cluster & PageMask] == _max)
        {
            return false;
        }

        page[cluster & PageMask]++;
        End = Math.Max(End, cluster + 1);
        return true;
    }

    /// <summary>Takes neighbouring clusters that nobody refers to, and counts a reference to each.</summary>
    /// <param name="from">Where to look first.</param>
    /// <param name="count">How many.</param>
    /// <returns>The first.</returns>
    public long Allocate(long from, int count)
    {
        long first = from;
        for (long cluster = from; cluster - first < count; cluster++)
        {
            if (this[cluster] != 0)
            {
                first = cluster + 1;
            }
        }

        for (long cluster = first; cluster < first + count; cluster++)
        {
            Add(cluster);
        }

        return first;
    }
}
