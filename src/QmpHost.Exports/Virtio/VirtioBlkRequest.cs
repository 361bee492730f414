namespace QmpHost.Exports.Virtio;

/// <summary>What guests ask of a disk.</summary>
internal enum VirtioBlkRequest : uint
{
    /// <summary>Read.</summary>
    In = 0,

    /// <summary>Write.</summary>
    Out = 1,

    /// <summary>Make stable what was written.</summary>
    Flush = 4,

    /// <summary>Tell the disk's identifier.</summary>
    GetId = 8,

    /// <summary>Drop contents.</summary>
    Discard = 11,

    /// <summary>Make an area read as zeroes.</summary>
    WriteZeroes = 13,
}

/// <summary>How a request went.</summary>
internal enum VirtioBlkStatus : byte
{
    /// <summary>Well.</summary>
    Ok = 0,

    /// <summary>It failed.</summary>
    IOError = 1,

    /// <summary>The device knows no such request.</summary>
    Unsupported = 2,
}
