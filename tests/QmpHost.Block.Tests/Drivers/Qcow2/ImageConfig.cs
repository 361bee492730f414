using CsCheck;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>The kind of an image in property tests.</summary>
internal sealed record ImageConfig(
    int Version, int ClusterBits, int RefcountBits, bool ExtendedL2, bool LazyRefcounts, bool Zstd, int SizeSectors, int BackingSectors, int L2SliceBits)
{
    /// <summary>Random kinds; versions, widths and features that do not go together are brought together.</summary>
    public static Gen<ImageConfig> Gen { get; } =
        from version in CsCheck.Gen.Int[2, 3]
        from clusterBits in CsCheck.Gen.Int[9, 16]
        from refcountOrder in CsCheck.Gen.Int[0, 6]
        from flags in CsCheck.Gen.Int[0, 15]
        from clusters in CsCheck.Gen.Int[3, 80]
        from tail in CsCheck.Gen.Int[0, 127]
        from backing in CsCheck.Gen.Int[-60, 140]
        from slice in CsCheck.Gen.Int[9, 16]
        let bits = (flags & 1) != 0 && version == 3 ? Math.Max(14, clusterBits) : clusterBits
        let size = (clusters << Math.Min(bits - 9, 5)) + (tail % (1 << (bits - 9)))
        select new ImageConfig(
            version,
            bits,
            version == 3 ? 1 << refcountOrder : 16,
            (flags & 1) != 0 && version == 3,
            (flags & 2) != 0 && version == 3,
            (flags & 4) != 0 && version == 3,
            size,
            backing <= 0 ? 0 : Math.Max(1, size * backing / 100),
            Math.Min(slice, bits));

    public int Size => SizeSectors * 512;

    public BlockdevCreateOptionsQcow2 Apply(BlockdevCreateOptionsQcow2 options) => options with
    {
        Version = Version == 2 ? BlockdevQcow2Version.V2 : BlockdevQcow2Version.V3,
        ClusterSize = 1UL << ClusterBits,
        RefcountBits = RefcountBits,
        ExtendedL2 = ExtendedL2,
        LazyRefcounts = LazyRefcounts,
        CompressionType = Zstd ? Qcow2CompressionType.Zstd : Qcow2CompressionType.Zlib,
        BackingFile = BackingSectors > 0 ? "backing" : null,
    };

    /// <summary>Options with the smallest caches, so that tables are written early and often.</summary>
    public BlockdevOptionsQcow2 Apply(BlockdevOptionsQcow2 options) => options with
    {
        L2CacheSize = 1,
        L2CacheEntrySize = 1 << L2SliceBits,
        Backing = BackingSectors > 0
            ? Qcow2Host.BackingRef("backing")
            : new BlockdevRefOrNull.Null(),
    };

    public byte[] NewBacking()
    {
        byte[] backing = new byte[BackingSectors * 512];
        for (int i = 0; i < backing.Length; i++)
        {
            // Long runs of zeroes and of data.
            backing[i] = (byte)((i >> 13) % 3 == 0 ? 0 : 0x80 | (i >> 9));
        }

        return backing;
    }
}
