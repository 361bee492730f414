namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Counts references to host clusters, in pages that exist only where something is referenced.</summary>
internal sealed class RefcountCensus
{
    private const int PageBits = 12;

    private readonly Dictionary<long, uint[]> _pages = [];

    /// <summary>Behind the last cluster that is referenced.</summary>
    public long End { get; private set; }

    public ulong this[long cluster]
        => _pages.TryGetValue(cluster >> PageBits, out uint[]? page) ? page[cluster & ((1 << PageBits) - 1)] : 0;

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

    public void Add(long cluster)
    {
        if (!_pages.TryGetValue(cluster >> PageBits, out uint[]? page))
        {
            page = new uint[1 << PageBits];
            _pages.Add(cluster >> PageBits, page);
        }

        page[cluster & ((1 << PageBits) - 1)]++;
        End = Math.Max(End, cluster + 1);
    }
}
