namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>An entry of the bitmap directory.</summary>
/// <param name="Name">The bitmap's name, 1 to 1023 bytes.</param>
/// <param name="GranularityBits">Bytes per bit, as a power of two.</param>
/// <param name="Flags">Its state.</param>
/// <param name="TableOffset">Where its table lies in the image file.</param>
/// <param name="TableEntries">Entries of the table; each stands for a cluster of bits.</param>
internal sealed record StoredBitmap(string Name, int GranularityBits, StoredBitmapFlags Flags, long TableOffset, int TableEntries)
{
    /// <summary>The largest number of clusters of bits.</summary>
    public const int MaxTableEntries = 0x8000000;

    /// <summary>The most bytes of bits.</summary>
    public const long MaxPhysicalSize = 0x20000000;

    public const int MinGranularityBits = 9;

    public const int MaxGranularityBits = 31;

    public const int MaxNameLength = 1023;

    public long Granularity => 1L << GranularityBits;

    public bool IsInUse => (Flags & StoredBitmapFlags.InUse) != 0;

    /// <summary>How many bytes of bits a disk needs.</summary>
    public static long BytesFor(long diskSize, long granularity)
    {
        long bits = (diskSize / granularity) + (diskSize % granularity != 0 ? 1 : 0);
        return (bits + 7) / 8;
    }
}
