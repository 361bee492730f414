namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>An L2 entry: a cluster descriptor and, with extended entries, the bitmap of its subclusters.</summary>
/// <param name="Descriptor">The first 64 bits.</param>
/// <param name="Bitmap">The second 64 bits: allocation in the low half, zeroes in the high half; 0 without extended entries.</param>
internal readonly record struct L2Entry(ulong Descriptor, ulong Bitmap = 0)
{
    /// <summary>The refcount is exactly one: the cluster may be written in place.</summary>
    public const ulong Copied = 1UL << 63;

    /// <summary>The descriptor is that of compressed data.</summary>
    public const ulong Compressed = 1UL << 62;

    /// <summary>The cluster reads as zeroes (not with extended entries).</summary>
    public const ulong Zero = 1;

    /// <summary>The host offset of a standard descriptor; also the table offset in an L1 entry.</summary>
    public const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;

    /// <summary>Every subcluster is allocated.</summary>
    public const ulong AllAllocated = 0x0000_0000_ffff_ffff;

    /// <summary>Every subcluster reads as zeroes.</summary>
    public const ulong AllZeroes = 0xffff_ffff_0000_0000;

    /// <summary>Host offset of a standard descriptor.</summary>
    public long HostOffset => (long)(Descriptor & OffsetMask);

    public bool IsCopied => (Descriptor & Copied) != 0;

    public bool IsCompressed => (Descriptor & Compressed) != 0;

    public bool HasZeroFlag => (Descriptor & Zero) != 0;

    /// <summary>Bit n is set if subcluster n has data here.</summary>
    public uint AllocatedMask => (uint)Bitmap;

    /// <summary>Bit n is set if subcluster n reads as zeroes.</summary>
    public uint ZeroMask => (uint)(Bitmap >> 32);

    /// <summary>Joins the two halves of a subcluster bitmap.</summary>
    public static ulong MakeBitmap(uint allocated, uint zeroes) => ((ulong)zeroes << 32) | allocated;
}
