namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>What an L2 entry says of one subcluster; without extended entries a cluster has one.</summary>
internal enum SubclusterKind : byte
{
    /// <summary>Data comes from the backing file; no host cluster.</summary>
    UnallocatedPlain,

    /// <summary>Data comes from the backing file, although the cluster has a host cluster.</summary>
    UnallocatedAllocated,

    /// <summary>Reads as zeroes; no host cluster.</summary>
    ZeroPlain,

    /// <summary>Reads as zeroes, although the cluster has a host cluster.</summary>
    ZeroAllocated,

    /// <summary>Data is in the host cluster.</summary>
    Normal,

    /// <summary>Data is compressed.</summary>
    Compressed,

    /// <summary>The entry contradicts itself.</summary>
    Invalid,
}
