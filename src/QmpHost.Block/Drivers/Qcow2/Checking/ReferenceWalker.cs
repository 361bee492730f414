using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Drivers.Qcow2.Snapshots;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Visits everything in an image file that refers to a cluster, and counts the references.</summary>
internal sealed class ReferenceWalker(Qcow2Image image, CheckReport report)
{
    private readonly byte[] _table = new byte[image.Geometry.ClusterSize];

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>The references found.</summary>
    public RefcountCensus Census { get; } = new();

    public async ValueTask WalkAsync()
    {
        Qcow2Header header = image.Header;
        Count(0, Geometry.ClusterSize, "header");
        await WalkL1Async(image.L1, isActive: true);
        foreach (Qcow2Snapshot snapshot in image.Snapshots)
        {
            await WalkSnapshotAsync(snapshot);
        }

        Count(header.SnapshotsOffset, image.Overlap.SnapshotTableSize, "snapshot table");
        if (header.Encryption is { } encryption)
        {
            Count((long)encryption.Offset, (long)encryption.Length, "encryption header");
        }

        await BitmapReferences.CountAsync(image, (offset, size) => Count(offset, size, "bitmap"), report);
        Count(header.RefcountTableOffset, (long)header.RefcountTableClusters << Geometry.ClusterBits, "refcount table");
        CountRefcountBlocks();
        report.ImageEndOffset = Census.End << Geometry.ClusterBits;
    }

    private async ValueTask WalkSnapshotAsync(Qcow2Snapshot snapshot)
    {
        if (!Geometry.IsAligned(snapshot.L1TableOffset) || snapshot.L1Size > Qcow2Geometry.MaxL1Bytes / sizeof(ulong))
        {
            report.AddCorruption($"snapshot {snapshot.Id}: L1 table is unaligned or too large");
            return;
        }

        var l1 = new OffsetTable { Offset = snapshot.L1TableOffset, Length = (int)snapshot.L1Size };
        await l1.LoadAsync(image.File);
        await WalkL1Async(l1, isActive: false);
    }

    private async ValueTask WalkL1Async(OffsetTable l1, bool isActive)
    {
        Count(l1.Offset, l1.Size, "L1 table");
        for (int i = 0; i < l1.UsedLength; i++)
        {
            long offset = (long)(l1[i] & L2Entry.OffsetMask);
            if (offset == 0)
            {
                continue;
            }

            if (!Geometry.IsAligned(offset))
            {
                report.AddCorruption($"l2_offset={offset:x}: Table is not cluster aligned; L1 entry corrupted");
                continue;
            }

            if (Count(offset, Geometry.ClusterSize, "L2 table"))
            {
                await image.File.ReadAsync(offset, _table);
                WalkL2(isActive);
            }
        }
    }

    private void WalkL2(bool isActive)
    {
        for (int i = 0; i < Geometry.L2Entries; i++)
        {
            L2Entry entry = image.Entries.Read(_table, i);
            ClusterKind kind = image.Entries.KindOf(entry);
            switch (kind)
            {
                case ClusterKind.Compressed:
                    CountCompressed(entry);
                    break;
                case ClusterKind.Normal or ClusterKind.ZeroAllocated:
                    CountStandard(entry);
                    break;
                default:
                    break;
            }

            if (isActive && kind is (ClusterKind.Normal or ClusterKind.Compressed))
            {
                report.AllocatedClusters++;
            }

            CheckEntry(entry, kind, i);
        }
    }

    private void CheckEntry(L2Entry entry, ClusterKind kind, int index)
    {
        if (Geometry.HasSubclusters && !entry.IsCompressed && image.Entries.KindOf(entry, 0) == SubclusterKind.Invalid)
        {
            report.AddCorruption($"L2 index {index}: subclusters contradict each other");
        }

        if (Geometry.Version < 3 && kind is (ClusterKind.ZeroPlain or ClusterKind.ZeroAllocated))
        {
            report.AddCorruption($"L2 index {index}: zero flag in a version 2 image");
        }
    }

    private void CountCompressed(L2Entry entry)
    {
        report.CompressedClusters++;
        if (entry.IsCopied)
        {
            report.AddCorruption("copied flag must never be set for compressed clusters");
        }

        var data = CompressedDescriptor.Decode(Geometry, entry.Descriptor);
        Count(data.HostOffset, data.Length, "compressed cluster");
    }

    private void CountStandard(L2Entry entry)
    {
        if (image.ExternalDataFile is not null)
        {
            return;
        }

        if (!Geometry.IsAligned(entry.HostOffset))
        {
            report.AddCorruption($"offset={entry.HostOffset:x}: Data cluster is not properly aligned; L2 entry corrupted.");
            return;
        }

        Count(entry.HostOffset, Geometry.ClusterSize, "data cluster");
    }

    private void CountRefcountBlocks()
    {
        for (int i = 0; i < image.RefcountTable.UsedLength; i++)
        {
            long offset = (long)(image.RefcountTable[i] & RefcountStore.OffsetMask);
            if (offset == 0)
            {
                continue;
            }

            if (offset < 0 || !Geometry.IsAligned(offset))
            {
                report.AddCorruption($"refcount block {i} is not cluster aligned; refcount table entry corrupted");
            }
            else if (!IsInFile(offset, Geometry.ClusterSize))
            {
                report.AddCorruption($"refcount block {i} is outside image");
            }
            else
            {
                Count(offset, Geometry.ClusterSize, "refcount block");
                if (Census[offset >> Geometry.ClusterBits] != 1)
                {
                    report.AddCorruption($"refcount block {i} refcount={Census[offset >> Geometry.ClusterBits]}");
                }
            }
        }
    }

    // A last cluster may be cut off, but no reference may be to a place a whole cluster behind the end.
    private bool IsInFile(long offset, long size)
        => offset >= 0 && size <= image.File.Node.Length + Geometry.ClusterSize && offset <= image.File.Node.Length + Geometry.ClusterSize - size;

    private bool Count(long offset, long size, string what)
    {
        if (size == 0)
        {
            return true;
        }

        if (!IsInFile(offset, size))
        {
            report.AddCorruption(
                $"{what}: counting reference for region exceeding the end of the file by one cluster or more: offset {offset:x} size {size:x}");
            return false;
        }

        for (long cluster = offset >> Geometry.ClusterBits; cluster << Geometry.ClusterBits < offset + size; cluster++)
        {
            Census.Add(cluster);
        }

        return true;
    }
}
