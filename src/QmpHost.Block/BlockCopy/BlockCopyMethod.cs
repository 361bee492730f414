namespace QmpHost.Block.BlockCopy;

/// <summary>How areas with data get from the source to the target.</summary>
internal enum BlockCopyMethod
{
    /// <summary>Read and written cluster by cluster, as compressed targets need it.</summary>
    ReadWriteCluster,

    /// <summary>Read and written in larger chunks.</summary>
    ReadWrite,

    /// <summary>Copied by the operating system, without passing through this process.</summary>
    CopyRange,
}
