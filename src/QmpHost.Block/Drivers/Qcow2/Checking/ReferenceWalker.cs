using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Snapshots;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Visits everything in an image file that refers to a cluster, and counts the references.</summary>
internal sealed class ReferenceWalker
{
    // Bits that neither an offset nor a flag has.
    private const ulong ReservedL1Bits = 0x7f00_0000_0000_01ff;

    private readonly Qcow2Image _image;
    private readonly CheckReport _report;
    private readonly ReferenceCounter _counter;
    private readonly L2TableWalker _tables;
    private readonly bool _fix;

    public ReferenceWalker(Qcow2Image image, CheckReport report, bool fix)
    {
        _image = image;
        _report = report;
        _fix = fix;
        _counter = new ReferenceCounter(image, report);
        _tables = new L2TableWalker(image, report, _counter, fix);
    }

    /// <summary>The references found.</summary>
    public RefcountCensus Census => _counter.Census;

    private Qcow2Geometry Geometry => _image.Geometry;

    /// <summary>Visits everything.</summary>
    /// <exception cref="BlockIOException">A table could not be read.</exception>
    public async ValueTask WalkAsync()
    {
        Qcow2Header header = _image.Header;
        _counter.Count(0, Geometry.ClusterSize);
        await WalkL1Async(_image.L1, isActive: true);
        foreach (Qcow2Snapshot snapshot in _image.Snapshots)
        {
            await WalkSnapshotAsync(snapshot);
        }

        _counter.Count(header.SnapshotsOffset, _image.Overlap.SnapshotTableSize);
        if (header.Encryption is { } encryption)
        {
            _counter.Count((long)encryption.Offset, (long)encryption.Length);
        }

        await BitmapReferences.CountAsync(_image, _counter.Count, _report);
        _counter.Count(header.RefcountTableOffset, (long)header.RefcountTableClusters << Geometry.ClusterBits);
        await new RefcountTableWalker(_image, _report, _counter, _fix).WalkAsync();
        _report.ImageEndOffset = Census.End << Geometry.ClusterBits;
    }

    private async ValueTask WalkSnapshotAsync(Qcow2Snapshot snapshot)
    {
        string name = $"ERROR snapshot {snapshot.Id} ({snapshot.Name})";
        if (!Geometry.IsAligned(snapshot.L1TableOffset))
        {
            _report.AddCorruption(
                $"{name} l1_offset=0x{snapshot.L1TableOffset:x}: L1 table is not cluster aligned; snapshot table entry corrupted");
            return;
        }

        if (snapshot.L1Size > Qcow2Geometry.MaxL1Bytes / sizeof(ulong))
        {
            _report.AddCorruption($"{name} l1_size=0x{snapshot.L1Size:x}: L1 table is too large; snapshot table entry corrupted");
            return;
        }

        var l1 = new Metadata.OffsetTable { Offset = snapshot.L1TableOffset, Length = (int)snapshot.L1Size };
        await l1.LoadAsync(_image.File);
        await WalkL1Async(l1, isActive: false);
    }

    private async ValueTask WalkL1Async(Metadata.OffsetTable l1, bool isActive)
    {
        _counter.Count(l1.Offset, l1.Size);
        for (int i = 0; i < l1.UsedLength; i++)
        {
            long offset = (long)(l1[i] & L2Entry.OffsetMask);
            if (offset == 0)
            {
                continue;
            }

            if ((l1[i] & ReservedL1Bits) != 0)
            {
                _report.AddCorruption($"ERROR found L1 entry with reserved bits set: {l1[i]:x}");
            }

            _counter.Count(offset, Geometry.ClusterSize);
            if (!Geometry.IsAligned(offset))
            {
                _report.AddCorruption($"ERROR l2_offset={offset:x}: Table is not cluster aligned; L1 entry corrupted");
            }

            await _tables.WalkAsync(offset, isActive);
        }
    }
}
