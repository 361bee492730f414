using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Counts what the L2 tables refer to, and looks whether their entries make sense.</summary>
internal sealed class L2TableWalker(Qcow2Image image, CheckReport report, ReferenceCounter counter, bool fix)
{
    // Bits that neither an offset nor a flag has.
    private const ulong ReservedBits = 0x3f00_0000_0000_01fe;

    private readonly byte[] _table = new byte[image.Geometry.ClusterSize];

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Visits one table.</summary>
    /// <param name="offset">Where it lies; behind the end of the file it is empty.</param>
    /// <param name="isActive">Whether it maps the disk as it is, not a snapshot.</param>
    /// <exception cref="BlockIOException">It could not be read.</exception>
    public async ValueTask WalkAsync(long offset, bool isActive)
    {
        if (offset >= image.File.Node.Length)
        {
            return;
        }

        try
        {
            await image.File.ReadAsync(offset, _table);
        }
        catch (BlockIOException)
        {
            report.AddFailure("ERROR: I/O error in check_refcounts_l2");
            throw;
        }

        for (int i = 0; i < Geometry.L2Entries; i++)
        {
            await VisitAsync(offset, i, isActive);
        }
    }

    private async ValueTask VisitAsync(long table, int index, bool isActive)
    {
        L2Entry entry = image.Entries.Read(_table, index);
        ClusterKind kind = image.Entries.KindOf(entry);
        if (isActive && kind is (ClusterKind.Normal or ClusterKind.Compressed))
        {
            report.AllocatedClusters++;
        }

        if (kind == ClusterKind.Compressed)
        {
            CountCompressed(entry, index);
            return;
        }

        if ((entry.Descriptor & ReservedBits) != 0)
        {
            report.AddCorruption($"ERROR found l2 entry with reserved bits set: {entry.Descriptor:x}");
        }

        if (Geometry.Version < 3 && entry.HasZeroFlag)
        {
            report.AddCorruption($"ERROR L2 index {index}: zero flag in a version 2 image");
        }

        if (kind is ClusterKind.Normal or ClusterKind.ZeroAllocated)
        {
            await CountStandardAsync(entry, kind, table, index);
        }
        else if (Geometry.HasSubclusters && entry.AllocatedMask != 0)
        {
            report.AddCorruption("ERROR: Unallocated cluster has non-zero subcluster allocation map");
        }
    }

    private void CountCompressed(L2Entry entry, int index)
    {
        report.CompressedClusters++;
        var data = CompressedDescriptor.Decode(Geometry, entry.Descriptor);
        if (entry.IsCopied)
        {
            report.AddCorruption($"ERROR: coffset=0x{data.HostOffset:x}: copied flag must never be set for compressed clusters");
        }

        ulong descriptor = entry.Descriptor & ~L2Entry.Copied;
        if (image.ExternalDataFile is not null)
        {
            report.AddCorruption($"ERROR compressed cluster {index} with data file, entry=0x{descriptor:x}");
        }
        else if (entry.Bitmap != 0)
        {
            report.AddCorruption(
                $"ERROR compressed cluster {index} with non-zero subcluster allocation bitmap, entry=0x{descriptor:x}");
        }
        else
        {
            counter.Count(data.HostOffset, data.Length);
        }
    }

    private async ValueTask CountStandardAsync(L2Entry entry, ClusterKind kind, long table, int index)
    {
        if (Geometry.HasSubclusters && image.Entries.KindOf(entry, 0) == SubclusterKind.Invalid)
        {
            report.AddCorruption($"ERROR offset={entry.HostOffset:x}: Allocated cluster has corrupted subcluster allocation bitmap");
        }

        if (!Geometry.IsAligned(entry.HostOffset) && await DropUnalignedAsync(entry, kind, table, index))
        {
            return;
        }

        if (image.ExternalDataFile is null)
        {
            counter.Count(entry.HostOffset, Geometry.ClusterSize);
        }
    }

    /// <summary>Deals with an entry that points into the middle of a cluster; without data there it is given up.</summary>
    /// <returns>Whether it refers to nothing any more.</returns>
    private async ValueTask<bool> DropUnalignedAsync(L2Entry entry, ClusterKind kind, long table, int index)
    {
        bool hasData = Geometry.HasSubclusters ? entry.AllocatedMask != 0 : kind == ClusterKind.Normal;
        if (hasData)
        {
            report.AddCorruption($"ERROR offset={entry.HostOffset:x}: Data cluster is not properly aligned; L2 entry corrupted.");
            return false;
        }

        report.AddFinding($"offset={entry.HostOffset:x}: Preallocated cluster is not properly aligned; L2 entry corrupted.", fix);
        return fix && await TryOverwriteAsync(table + ((long)index * Geometry.L2EntrySize), Geometry.HasSubclusters ? 0 : L2Entry.Zero);
    }

    private async ValueTask<bool> TryOverwriteAsync(long place, ulong descriptor)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, descriptor);
        try
        {
            image.Overlap.Check(MetadataSections.ActiveL2, place, bytes.Length);
            await image.File.WriteAsync(place, bytes);
            return true;
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            report.AddFailure("ERROR: Overlap check failed");
        }
        catch (BlockIOException e)
        {
            report.AddFailure($"ERROR: Failed to overwrite L2 table entry: {e.Message}");
        }

        return false;
    }
}
