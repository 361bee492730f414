namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>What an L2 entry says of its guest cluster as a whole.</summary>
internal enum ClusterKind : byte
{
    /// <summary>No host cluster; data comes from the backing file (with extended entries, or from zero bits).</summary>
    Unallocated,

    /// <summary>Reads as zeroes, without a host cluster.</summary>
    ZeroPlain,

    /// <summary>Reads as zeroes; a host cluster is kept for it.</summary>
    ZeroAllocated,

    /// <summary>Has a host cluster (with extended entries, its subclusters decide what of it counts).</summary>
    Normal,

    /// <summary>Has compressed data.</summary>
    Compressed,
}
