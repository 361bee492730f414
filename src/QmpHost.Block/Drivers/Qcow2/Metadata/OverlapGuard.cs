using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Checks before every write that it does not land on a structure of the image.</summary>
/// <remarks>Costs a few comparisons and one look-up per cluster and kind of table, whatever the size of the image.</remarks>
internal sealed class OverlapGuard(Qcow2Header header, Qcow2Geometry geometry, MetadataSections enabled)
{
    private readonly ProtectedClusters _l2Tables = new(geometry.ClusterBits);
    private readonly ProtectedClusters _refcountBlocks = new(geometry.ClusterBits);
    private readonly ProtectedClusters _inactiveL2Tables = new(geometry.ClusterBits);
    private readonly List<(long Start, long End)> _inactiveL1Tables = [];

    /// <summary>What is checked.</summary>
    public MetadataSections Enabled { get; } = enabled;

    /// <summary>Length in bytes of the snapshot table.</summary>
    public long SnapshotTableSize { get; set; }

    /// <summary>
    /// Why the L2 tables of a snapshot, and of those behind it, cannot be known, or null. Nothing is written then where they are to be kept
    /// clear of.
    /// </summary>
    public Errno? SnapshotFault { get; set; }

    /// <summary>Follows a change of an active L1 entry.</summary>
    public void ReplaceL2Table(long oldOffset, long newOffset) => Replace(_l2Tables, oldOffset, newOffset);

    /// <summary>Follows a change of a refcount table entry.</summary>
    public void ReplaceRefcountBlock(long oldOffset, long newOffset) => Replace(_refcountBlocks, oldOffset, newOffset);

    /// <summary>Forgets what belongs to snapshots.</summary>
    public void ForgetSnapshots()
    {
        _inactiveL1Tables.Clear();
        _inactiveL2Tables.Clear();
        SnapshotFault = null;
        SnapshotTableSize = 0;
    }

    /// <summary>Protects the L1 table of a snapshot.</summary>
    public void AddInactiveL1(long offset, long size) => _inactiveL1Tables.Add((offset, offset + size));

    /// <summary>Protects an L2 table of a snapshot.</summary>
    public void AddInactiveL2(long offset) => _inactiveL2Tables.Add(offset);

    /// <summary>Checks a write to the image file.</summary>
    /// <param name="expected">The structure that is written, or none for data.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="size">Length in bytes.</param>
    /// <exception cref="ImageCorruptException">It would land on another structure.</exception>
    /// <exception cref="BlockIOException">The L2 tables of a snapshot, which are to be kept clear of, cannot be found.</exception>
    public void Check(MetadataSections expected, long offset, long size)
    {
        MetadataSections hit = Find(Enabled & ~expected, offset, size);
        if (hit != MetadataSections.None)
        {
            throw new ImageCorruptException($"Preventing invalid write on metadata (overlaps with {Describe(hit)})", offset, size);
        }
    }

    private MetadataSections Find(MetadataSections sections, long offset, long size)
    {
        long end = offset + size;
        return (sections & MetadataSections.MainHeader) != 0 && offset < geometry.ClusterSize ? MetadataSections.MainHeader
            : Hits(sections, MetadataSections.ActiveL1, header.L1TableOffset, header.L1Size * 8L, offset, end)
                ? MetadataSections.ActiveL1
            : Hits(sections, MetadataSections.ActiveL2, _l2Tables, offset, end) ? MetadataSections.ActiveL2
            : Hits(sections, MetadataSections.RefcountBlock, _refcountBlocks, offset, end) ? MetadataSections.RefcountBlock
            : Hits(sections, MetadataSections.RefcountTable, header.RefcountTableOffset, RefcountTableSize, offset, end)
                ? MetadataSections.RefcountTable
            : Hits(sections, MetadataSections.SnapshotTable, header.SnapshotsOffset, SnapshotTableSize, offset, end)
                ? MetadataSections.SnapshotTable
            : (sections & MetadataSections.InactiveL1) != 0 && _inactiveL1Tables.Exists(t => t.Start < end && t.End > offset)
                ? MetadataSections.InactiveL1
            : HitsInactiveL2(sections, offset, end) ? MetadataSections.InactiveL2
            : HitsBitmaps(sections, offset, end) ? MetadataSections.BitmapDirectory
            : MetadataSections.None;
    }

    private bool HitsInactiveL2(MetadataSections sections, long offset, long end)
        => Hits(sections, MetadataSections.InactiveL2, _inactiveL2Tables, offset, end)
            || ((sections & MetadataSections.InactiveL2) != 0 && SnapshotFault is { } fault ? throw new BlockIOException(fault) : false);

    // An image that claims to have bitmaps, and does not say where, is not written to at all, as in QEMU.
    private bool HitsBitmaps(MetadataSections sections, long offset, long end) => header.Bitmaps is { } bitmaps
        ? Hits(sections, MetadataSections.BitmapDirectory, bitmaps.DirectoryOffset, bitmaps.DirectorySize, offset, end)
        : (sections & MetadataSections.BitmapDirectory) != 0 && (header.Autoclear & AutoclearFeatures.Bitmaps) != 0;

    private long RefcountTableSize => (long)header.RefcountTableClusters << geometry.ClusterBits;

    private static bool Hits(MetadataSections sections, MetadataSections section, long start, long length, long offset, long end)
        => (sections & section) != 0 && length != 0 && start < end && start + length > offset;

    private static bool Hits(MetadataSections sections, MetadataSections section, ProtectedClusters tables, long offset, long end)
        => (sections & section) != 0 && tables.Overlap(offset, end);

    private static void Replace(ProtectedClusters tables, long oldOffset, long newOffset)
    {
        tables.Remove(oldOffset);
        tables.Add(newOffset);
    }

    private static string Describe(MetadataSections section) => section switch
    {
        MetadataSections.MainHeader => "qcow2_header",
        MetadataSections.ActiveL1 => "active L1 table",
        MetadataSections.ActiveL2 => "active L2 table",
        MetadataSections.RefcountBlock => "refcount block",
        MetadataSections.RefcountTable => "refcount table",
        MetadataSections.SnapshotTable => "snapshot table",
        MetadataSections.InactiveL1 => "inactive L1 table",
        MetadataSections.InactiveL2 => "inactive L2 table",
        _ => "bitmap directory",
    };
}
