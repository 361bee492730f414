namespace QmpHost.Nbd.Protocol;

/// <summary>Types of structured reply chunks; errors have bit 15 set.</summary>
public enum NbdReplyType : ushort
{
    /// <summary>No payload.</summary>
    None = 0,

    /// <summary>Data at an offset.</summary>
    OffsetData = 1,

    /// <summary>Zeroes at an offset.</summary>
    OffsetHole = 2,

    /// <summary>Extents of a metadata context.</summary>
    BlockStatus = 5,

    /// <summary>Extents of a metadata context, with lengths and values of 64 bits.</summary>
    ExtendedBlockStatus = 6,

    /// <summary>An error.</summary>
    Error = 0x8001,

    /// <summary>An error at an offset.</summary>
    ErrorOffset = 0x8002,
}
