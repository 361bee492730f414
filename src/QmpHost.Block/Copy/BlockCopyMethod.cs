namespace QmpHost.Block.Copy;

/// <summary>How areas with data get from the source to the target.</summary>
internal enum BlockCopyMethod
{
    /// <summary>Read and written cluster by cluster, as compressed targets need it.</summary>
    ReadWriteCluster,

    /// <summary>Read and written in larger chunks.</summary>
    ReadWrite,

    /// <summary>Offered to the system as a copy, in chunks that do not cost much if it has to be done by reading and writing.</summary>
    TryCopyRange,

    /// <summary>Offered to the system as a copy, in large chunks, since that works.</summary>
    CopyRange,
}
