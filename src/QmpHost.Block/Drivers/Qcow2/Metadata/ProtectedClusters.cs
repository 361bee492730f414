namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Places of tables that are a cluster long each. Those of a broken image need not begin at a cluster.</summary>
/// <param name="clusterBits">Binary logarithm of the cluster size.</param>
internal sealed class ProtectedClusters(int clusterBits)
{
    private readonly HashSet<long> _clusters = [];
    private readonly HashSet<long> _unaligned = [];

    /// <summary>Protects a table; none at offset zero.</summary>
    public void Add(long offset)
    {
        if (offset != 0)
        {
            (IsAligned(offset) ? _clusters : _unaligned).Add(offset);
        }
    }

    /// <summary>Protects a table no more.</summary>
    public void Remove(long offset) => (IsAligned(offset) ? _clusters : _unaligned).Remove(offset);

    /// <summary>Protects no table any more.</summary>
    public void Clear()
    {
        _clusters.Clear();
        _unaligned.Clear();
    }

    /// <summary>Whether an area has part of a table.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="end">Its end in bytes.</param>
    public bool Overlap(long offset, long end)
    {
        if (_clusters.Count != 0)
        {
            for (long cluster = offset & -(1L << clusterBits); cluster < end; cluster += 1L << clusterBits)
            {
                if (_clusters.Contains(cluster))
                {
                    return true;
                }
            }
        }

        return _unaligned.Count != 0 && _unaligned.Any(table => table < end && table + (1L << clusterBits) > offset);
    }

    private bool IsAligned(long offset) => (offset & ((1L << clusterBits) - 1)) == 0;
}
