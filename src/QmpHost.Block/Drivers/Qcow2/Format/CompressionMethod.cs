namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>How compressed clusters of an image are coded.</summary>
internal enum CompressionMethod : byte
{
    /// <summary>A raw deflate stream.</summary>
    Zlib = 0,

    /// <summary>A zstandard frame.</summary>
    Zstd = 1,
}
