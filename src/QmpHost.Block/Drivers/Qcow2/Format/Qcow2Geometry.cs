namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>The arithmetic of one image: sizes, counts and indices that follow from version, cluster size and entry widths.</summary>
/// <remarks>Sizes are in bytes. Immutable, usable from any thread.</remarks>
internal sealed class Qcow2Geometry
{
    /// <summary>The smallest and largest cluster sizes, as powers of two.</summary>
    public const int MinClusterBits = 9;

    public const int MaxClusterBits = 21;

    /// <summary>The longest L1 table.</summary>
    public const int MaxL1Bytes = 32 << 20;

    /// <summary>The longest refcount table.</summary>
    public const int MaxRefcountTableBytes = 8 << 20;

    /// <summary>How many subclusters a cluster has with extended L2 entries.</summary>
    public const int ExtendedSubclusters = 32;

    public Qcow2Geometry(int version, int clusterBits, int refcountOrder, bool extendedL2)
    {
        Version = version;
        ClusterBits = clusterBits;
        RefcountOrder = refcountOrder;
        HasSubclusters = extendedL2;
        L2EntrySize = extendedL2 ? 16 : 8;
        L2Bits = clusterBits - (extendedL2 ? 4 : 3);
        SubclusterBits = clusterBits - (extendedL2 ? 5 : 0);
        RefcountBlockBits = clusterBits + 3 - refcountOrder;
        CompressedSizeShift = 62 - (clusterBits - 8);
    }

    public int Version { get; }

    public int ClusterBits { get; }

    public int ClusterSize => 1 << ClusterBits;

    public int RefcountOrder { get; }

    public int RefcountBits => 1 << RefcountOrder;

    /// <summary>The largest count that an entry holds.</summary>
    public ulong RefcountMax => RefcountOrder == 6 ? ulong.MaxValue : (1UL << RefcountBits) - 1;

    public bool HasSubclusters { get; }

    public int SubclusterBits { get; }

    public int SubclusterSize => 1 << SubclusterBits;

    public int SubclustersPerCluster => HasSubclusters ? ExtendedSubclusters : 1;

    public int L2EntrySize { get; }

    /// <summary>Entries of an L2 table, as a power of two.</summary>
    public int L2Bits { get; }

    public int L2Entries => 1 << L2Bits;

    /// <summary>How much of the disk one L2 table maps.</summary>
    public long L2Coverage => 1L << (L2Bits + ClusterBits);

    /// <summary>Entries of a refcount block, as a power of two.</summary>
    public int RefcountBlockBits { get; }

    public int RefcountBlockEntries => 1 << RefcountBlockBits;

    /// <summary>Where the sector count starts in the descriptor of a compressed cluster.</summary>
    public int CompressedSizeShift { get; }

    public ulong CompressedOffsetMask => (1UL << CompressedSizeShift) - 1;

    /// <summary>The most sectors beyond the first that compressed data may touch.</summary>
    public int CompressedSectorsMask => (1 << (ClusterBits - 8)) - 1;

    public long ClusterStart(long offset) => offset & ~((long)ClusterSize - 1);

    public int OffsetIntoCluster(long offset) => (int)(offset & (ClusterSize - 1));

    public bool IsAligned(long offset) => OffsetIntoCluster(offset) == 0;

    public long AlignUp(long offset) => (offset + ClusterSize - 1) & ~((long)ClusterSize - 1);

    /// <summary>How many clusters hold so many bytes.</summary>
    public long ClustersFor(long bytes) => (bytes >> ClusterBits) + (OffsetIntoCluster(bytes) != 0 ? 1 : 0);

    public int L1Index(long guestOffset) => (int)(guestOffset >> (L2Bits + ClusterBits));

    public int L2Index(long guestOffset) => (int)(guestOffset >> ClusterBits) & (L2Entries - 1);

    public int SubclusterIndex(long offset) => (int)(offset >> SubclusterBits) & (SubclustersPerCluster - 1);

    /// <summary>How many L1 entries a disk of so many bytes needs; may exceed what is allowed.</summary>
    public long L1EntriesFor(long diskSize)
    {
        int shift = L2Bits + ClusterBits;
        return (diskSize >> shift) + ((diskSize & ((1L << shift) - 1)) != 0 ? 1 : 0);
    }
}
