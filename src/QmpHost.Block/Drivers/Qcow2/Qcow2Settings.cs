using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>What the options of a qcow2 node amount to, for a given image.</summary>
internal sealed record Qcow2Settings
{
    // Two tables are in use at a time, four when refcounts grow.
    private const int MinL2Tables = 2;
    private const int MinRefcountBlocks = 4;
    private const long DefaultMaxL2CacheSize = 32 << 20;
    private const int MinL2SliceSize = 512;
    private const int DefaultCleanInterval = 600;

    public Qcow2Settings(BlockNode node, BlockdevOptionsQcow2 options, Qcow2Header header, Qcow2Geometry geometry, bool unmap)
    {
        ReadCacheSizes(node, options, header, geometry);
        CleanInterval = TimeSpan.FromSeconds(CheckInterval(options.CacheCleanInterval ?? DefaultCleanInterval));
        LazyRefcounts = options.LazyRefcounts ?? (header.Compatible & CompatibleFeatures.LazyRefcounts) != 0;
        if (LazyRefcounts && header.Version < 3)
        {
            throw new QmpException("Lazy refcounts require a qcow2 image with at least qemu 1.1 compatibility level");
        }

        OverlapCheck = ReadOverlapCheck(options.OverlapCheck);
        PassDiscardRequest = options.PassDiscardRequest ?? unmap;
        KeepsDiscardedClusters = options.DiscardNoUnref == true;
        if (KeepsDiscardedClusters && header.Version < 3)
        {
            throw new QmpException("discard-no-unref is only supported since qcow2 version 3");
        }

        DiscardOfSnapshots = options.PassDiscardSnapshot ?? true ? HostDiscard.WhenStable : HostDiscard.Never;
        DiscardOfTables = options.PassDiscardOther ?? false ? HostDiscard.WhenStable : HostDiscard.Never;
    }

    /// <summary>How many slices the L2 cache holds at most.</summary>
    public int L2CacheTables { get; private set; }

    /// <summary>Bytes per slice.</summary>
    public int L2SliceSize { get; private set; }

    /// <summary>How many blocks the refcount cache holds at most.</summary>
    public int RefcountCacheBlocks { get; private set; }

    /// <summary>How often unused tables are forgotten; zero for never.</summary>
    public TimeSpan CleanInterval { get; }

    public bool LazyRefcounts { get; }

    public MetadataSections OverlapCheck { get; }

    /// <summary>Whether the image file is told of what the guest discards.</summary>
    public bool PassDiscardRequest { get; }

    /// <summary>Whether clusters that the guest discards stay allocated.</summary>
    public bool KeepsDiscardedClusters { get; }

    /// <summary>Whether the image file is told of what deleted snapshots held.</summary>
    public HostDiscard DiscardOfSnapshots { get; }

    /// <summary>Whether the image file is told of clusters of old tables.</summary>
    public HostDiscard DiscardOfTables { get; }

    private void ReadCacheSizes(BlockNode node, BlockdevOptionsQcow2 options, Qcow2Header header, Qcow2Geometry geometry)
    {
        long? total = SizeOption.Check(node, "cache-size", options.CacheSize);
        long? l2 = SizeOption.Check(node, "l2-cache-size", options.L2CacheSize);
        long? refcount = SizeOption.Check(node, "refcount-cache-size", options.RefcountCacheSize);
        long minRefcount = (long)MinRefcountBlocks * geometry.ClusterSize;
        long wholeL2 = WholeL2Size(header, geometry);
        if (total is { } limit)
        {
            (l2, refcount) = Split(limit, l2, refcount, wholeL2, minRefcount);
        }

        L2SliceSize = CheckSliceSize(
            SizeOption.Check(node, "l2-cache-entry-size", options.L2CacheEntrySize) ?? geometry.ClusterSize, geometry.ClusterSize);
        long l2Tables = ((l2 ?? Math.Min(DefaultMaxL2CacheSize, wholeL2)) + L2SliceSize - 1) / L2SliceSize;
        long refcountBlocks = (refcount ?? minRefcount) / geometry.ClusterSize;
        if (refcountBlocks > int.MaxValue)
        {
            throw new QmpException("Refcount cache size too big");
        }

        L2CacheTables = (int)Math.Clamp(l2Tables, MinL2Tables, int.MaxValue);
        RefcountCacheBlocks = (int)Math.Max(refcountBlocks, MinRefcountBlocks);
    }

    private static (long L2, long Refcount) Split(long total, long? l2, long? refcount, long wholeL2, long minRefcount)
    {
        if (l2 is not null && refcount is not null)
        {
            throw new QmpException("cache-size, l2-cache-size and refcount-cache-size may not be set at the same time");
        }

        if (l2 > total)
        {
            throw new QmpException("l2-cache-size may not exceed cache-size");
        }

        if (refcount > total)
        {
            throw new QmpException("refcount-cache-size may not exceed cache-size");
        }

        if (l2 is { } l2Size)
        {
            return (l2Size, total - l2Size);
        }

        if (refcount is { } refcountSize)
        {
            return (total - refcountSize, refcountSize);
        }

        // The L2 tables come first, as far as the whole disk needs them: every request uses them.
        return total >= wholeL2 + minRefcount
            ? (wholeL2, total - wholeL2)
            : (total - Math.Min(total, minRefcount), Math.Min(total, minRefcount));
    }

    private static long WholeL2Size(Qcow2Header header, Qcow2Geometry geometry)
    {
        long clusters = geometry.ClustersFor(header.Size);
        long bytes = clusters > long.MaxValue / geometry.L2EntrySize ? long.MaxValue - geometry.ClusterSize : clusters * geometry.L2EntrySize;
        return geometry.AlignUp(bytes);
    }

    private static int CheckSliceSize(long size, int clusterSize)
        => size >= MinL2SliceSize && size <= clusterSize && (size & (size - 1)) == 0
            ? (int)size
            : throw new QmpException($"L2 cache entry size must be a power of two between {MinL2SliceSize} and the cluster size ({clusterSize})");

    private static long CheckInterval(long seconds)
        => seconds is >= 0 and <= uint.MaxValue ? seconds : throw new QmpException("Cache clean interval too big");

    private static MetadataSections ReadOverlapCheck(Qcow2OverlapChecks? checks)
    {
        if (checks is not Qcow2OverlapChecks.Flags { Value: var flags })
        {
            return OfMode((checks as Qcow2OverlapChecks.Mode)?.Value);
        }

        MetadataSections sections = OfMode(flags.Template);
        Apply(ref sections, MetadataSections.MainHeader, flags.MainHeader);
        Apply(ref sections, MetadataSections.ActiveL1, flags.ActiveL1);
        Apply(ref sections, MetadataSections.ActiveL2, flags.ActiveL2);
        Apply(ref sections, MetadataSections.RefcountTable, flags.RefcountTable);
        Apply(ref sections, MetadataSections.RefcountBlock, flags.RefcountBlock);
        Apply(ref sections, MetadataSections.SnapshotTable, flags.SnapshotTable);
        Apply(ref sections, MetadataSections.InactiveL1, flags.InactiveL1);
        Apply(ref sections, MetadataSections.InactiveL2, flags.InactiveL2);
        Apply(ref sections, MetadataSections.BitmapDirectory, flags.BitmapDirectory);
        return sections;
    }

    private static MetadataSections OfMode(Qcow2OverlapCheckMode? mode) => mode switch
    {
        Qcow2OverlapCheckMode.None => MetadataSections.None,
        Qcow2OverlapCheckMode.Constant => MetadataSections.Constant,
        Qcow2OverlapCheckMode.All => MetadataSections.All,
        _ => MetadataSections.Cached,
    };

    private static void Apply(ref MetadataSections sections, MetadataSections section, bool? wanted)
    {
        if (wanted is { } on)
        {
            sections = on ? sections | section : sections & ~section;
        }
    }
}
