namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Header bits that a program must know to open an image at all.</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    None = 0,

    /// <summary>Refcounts may be stale and are rebuilt before the first write.</summary>
    Dirty = 1,

    /// <summary>Structures may be broken: the image is read-only.</summary>
    Corrupt = 2,

    /// <summary>Guest data lies in another file.</summary>
    ExternalData = 4,

    /// <summary>The header's compression type is not deflate.</summary>
    CompressionType = 8,

    /// <summary>L2 entries carry a bitmap of 32 subclusters.</summary>
    ExtendedL2 = 16,

    Known = Dirty | Corrupt | ExternalData | CompressionType | ExtendedL2,
}
