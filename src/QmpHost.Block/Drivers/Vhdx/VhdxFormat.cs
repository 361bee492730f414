namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>Places and limits of the VHDX format.</summary>
internal static class VhdxFormat
{
    public const long Megabyte = 1 << 20;
    public const int SectorSize = 512;
    public const long MaxDiskSize = 64L << 40;
    public const long MaxBlockSize = 256 * Megabyte;

    /// <summary>Where the first table of regions lies.</summary>
    public const long RegionOffset = 192 << 10;

    /// <summary>Where the second table of regions lies.</summary>
    public const long SecondRegionOffset = 256 << 10;

    /// <summary>Bytes of a table of regions, and of the table of metadata.</summary>
    public const int TableSize = 64 << 10;

    /// <summary>A block reads as zeroes.</summary>
    public const int ZeroState = 2;

    /// <summary>A block lies in the file.</summary>
    public const int PresentState = 6;

    // Sectors whose state one block of sector bitmaps holds.
    private const long BitmapSectors = 1L << 23;

    /// <summary>The first bytes of an image.</summary>
    public static ReadOnlySpan<byte> Magic => "vhdxfile"u8;

    /// <summary>The region of the block allocation table.</summary>
    public static Guid TableRegion { get; } = new("2dc27766-f623-4200-9d64-115e9bfd4a08");

    /// <summary>The region of metadata.</summary>
    public static Guid MetadataRegion { get; } = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");

    /// <summary>How many blocks come before an entry for a bitmap.</summary>
    public static long ChunkRatio(long blockSize) => BitmapSectors * SectorSize / blockSize;

    /// <summary>The number of a block's entry: after each chunk, one of a bitmap is left out.</summary>
    public static long EntryOf(long block, long blockSize) => block + (block / ChunkRatio(blockSize));

    /// <summary>Entries of the table of a disk.</summary>
    public static long Entries(long diskSize, long blockSize)
    {
        long blocks = (diskSize + blockSize - 1) / blockSize;
        return blocks == 0 ? 0 : EntryOf(blocks - 1, blockSize) + 1;
    }
}
