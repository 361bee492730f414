namespace QmpHost.Block.Drivers.Blklogwrites;

/// <summary>What an entry of a log is, in the public dm-log-writes format.</summary>
[Flags]
internal enum WriteLogFlags : ulong
{
    /// <summary>A write.</summary>
    None = 0,

    /// <summary>A flush.</summary>
    Flush = 1,

    /// <summary>A write that was stable when it completed.</summary>
    Fua = 2,

    /// <summary>A discard.</summary>
    Discard = 4,
}
