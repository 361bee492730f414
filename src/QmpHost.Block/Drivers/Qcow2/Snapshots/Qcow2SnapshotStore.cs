using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Drivers.Qcow2.Resizing;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Snapshots;

/// <summary>Takes, applies and deletes the snapshots of one image, and keeps the machine's state that belongs to them.</summary>
/// <remarks>
/// Each step leaves the file sound, so that one that is cut short costs space at most: counts are raised before anything refers to
/// clusters twice, and lowered when nothing does any more.
/// </remarks>
internal sealed class Qcow2SnapshotStore(Qcow2Image image)
{
    private const int MaxSnapshots = 65536;

    /// <summary>Where the state of a machine begins, in bytes: behind the disk's data.</summary>
    public long VmStateOffset => image.Geometry.L1EntriesFor(image.Header.Size) * image.Geometry.L2Coverage;

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>The snapshots.</summary>
    /// <exception cref="BlockIOException">ENOTSUP: what is in another file cannot be kept.</exception>
    public IReadOnlyList<SnapshotInfo> List()
    {
        EnsureSupported();
        return [.. image.Snapshots.Select(static snapshot => snapshot.Describe())];
    }

    /// <summary>Takes a snapshot.</summary>
    /// <param name="wanted">What is to be kept of it; the id is ignored.</param>
    /// <returns>The snapshot with its id.</returns>
    public async ValueTask<SnapshotInfo> CreateAsync(SnapshotInfo wanted)
    {
        EnsureSupported();
        EnsureWritable();
        if (image.Snapshots.Count >= MaxSnapshots)
        {
            throw new BlockIOException(Errno.EFBIG);
        }

        SnapshotInfo taken;
        using (await image.Lock.EnterAsync())
        {
            Qcow2Snapshot snapshot = Describe(wanted);
            long offset = await CopyL1Async();
            await ShareActiveTablesAsync();
            snapshot = snapshot with { L1TableOffset = offset, L1Size = (uint)image.L1.Length };
            await StoreAsync([.. image.Snapshots, snapshot]);
            taken = snapshot.Describe();
        }

        // Kept in the active tables, the machine's state would be copied with the next one.
        await image.Dropper.DiscardAsync(
            VmStateOffset, VmStateOffset + Geometry.AlignUp(wanted.VmStateSize), full: false, HostDiscard.Never);
        return taken;
    }

    /// <summary>Deletes a snapshot.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">It could not be deleted; the text says how far it came.</exception>
    public async ValueTask DeleteAsync(string id)
    {
        EnsureSupported();
        Qcow2Snapshot snapshot = Find(id);
        using (await image.Lock.EnterAsync())
        {
            CheckL1(snapshot);
            await DoAsync("Failed to remove snapshot from snapshot list", () =>
            {
                EnsureWritable();
                return StoreAsync([.. image.Snapshots.Where(s => s != snapshot)]);
            });
            await DoAsync("Failed to free the cluster and L1 table", async () =>
            {
                OffsetTable l1 = await ReadL1Async(snapshot);
                await new TableReferences(image).ChangeAsync(l1, -1);
                await image.RaiseFlushAsync();
                await image.L2Cache.WriteAsync();
                await image.RefcountCache.FlushAsync();
            });
            await image.Allocator.FreeAsync(
                snapshot.L1TableOffset, snapshot.L1Size * (long)sizeof(ulong), image.Settings.DiscardOfSnapshots);
            await DoAsync("Failed to update snapshot status in disk", MarkActiveTablesAsync);
        }
    }

    /// <summary>Makes the disk what it was when a snapshot was taken, its length included.</summary>
    /// <param name="id">The snapshot's id.</param>
    public async ValueTask ApplyAsync(string id)
    {
        EnsureSupported();
        EnsureWritable();
        Qcow2Snapshot snapshot = Find(id);
        OffsetTable check = await ReadL1Async(snapshot);
        if ((long)snapshot.DiskSize != image.Header.Size)
        {
            await image.Node.Driver.TruncateAsync((long)snapshot.DiskSize, exact: true, PreallocMode.Off, zeroNew: false);
            image.Node.Length = image.Header.Size;
        }

        await new L1Resizer(image).GrowAsync(check.Length);
        using (await image.Lock.EnterAsync())
        {
            await ReplaceActiveTablesAsync(snapshot);
        }
    }

    /// <summary>Writes the state of a machine, for which the L1 table is made longer.</summary>
    public async ValueTask WriteVmStateAsync(long position, ReadOnlyMemory<byte> buffer)
    {
        long end = VmStateOffset + position + buffer.Length;
        await new L1Resizer(image).GrowAmplyAsync(Geometry.L1EntriesFor(end));
        await image.Writer.WriteAsync(VmStateOffset + position, buffer);
    }

    private void EnsureSupported()
    {
        if (image.ExternalDataFile is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }
    }

    private void EnsureWritable()
    {
        if (!image.Node.IsWritable)
        {
            throw new BlockIOException(Errno.EPERM);
        }
    }

    private Qcow2Snapshot Find(string id)
        => image.Snapshots.FirstOrDefault(snapshot => snapshot.Id == id) ?? throw new BlockIOException(Errno.ENOENT);

    private Qcow2Snapshot Describe(SnapshotInfo wanted) => new(
        NextId(),
        wanted.Name,
        L1TableOffset: 0,
        L1Size: 0,
        (uint)wanted.DateSec,
        (uint)wanted.DateNsec,
        (ulong)((wanted.VmClockSec * Qcow2Snapshot.NanosecondsPerSecond) + wanted.VmClockNsec),
        (ulong)wanted.VmStateSize,
        (ulong)image.Header.Size,
        (ulong?)wanted.Icount);

    // One more than the largest, so that ids are not used again while the newest snapshot is there.
    private string NextId()
    {
        ulong highest = 0;
        foreach (Qcow2Snapshot snapshot in image.Snapshots)
        {
            int digits = snapshot.Id.AsSpan().IndexOfAnyExceptInRange('0', '9');
            ReadOnlySpan<char> number = digits < 0 ? snapshot.Id : snapshot.Id.AsSpan(0, digits);
            if (ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
            {
                highest = Math.Max(highest, id);
            }
        }

        return (highest + 1).ToString(CultureInfo.InvariantCulture);
    }

    private async ValueTask<long> CopyL1Async()
    {
        byte[] table = new byte[image.L1.Size];
        long offset = await image.Allocator.AllocateAsync(Geometry.ClustersFor(table.Length));
        image.L1.CopyTo(0, table);
        image.Overlap.Check(MetadataSections.None, offset, table.Length);
        if (table.Length != 0)
        {
            await image.File.WriteAsync(offset, table);
        }

        return offset;
    }

    private async ValueTask ShareActiveTablesAsync()
    {
        bool changed = await new TableReferences(image).ChangeAsync(image.L1, 1);
        await FlushTablesAsync();
        if (changed)
        {
            await WriteL1Async(image.L1);
        }
    }

    private async ValueTask MarkActiveTablesAsync()
    {
        bool changed = await new TableReferences(image).ChangeAsync(image.L1, 0);
        await FlushTablesAsync();
        if (changed)
        {
            await WriteL1Async(image.L1);
        }
    }

    private async ValueTask ReplaceActiveTablesAsync(Qcow2Snapshot snapshot)
    {
        OffsetTable kept = await ReadL1Async(snapshot);
        if (await new TableReferences(image).ChangeAsync(kept, 1))
        {
            await FlushTablesAsync();
            await WriteL1Async(kept, MetadataSections.InactiveL1);
        }

        await FlushTablesAsync();
        var former = new OffsetTable();
        former.TakeOver(image.L1);
        kept.Offset = former.Offset;
        kept.Length = former.Length;
        await WriteL1Async(kept);
        image.AdoptL1Entries(kept);
        await new TableReferences(image).ChangeAsync(former, -1);
        await image.RaiseFlushAsync();
        await image.L2Cache.WriteAsync();
        await image.RefcountCache.FlushAsync();
        await MarkActiveTablesAsync();
    }

    private async ValueTask FlushTablesAsync()
    {
        await image.RaiseFlushAsync();
        await image.RefcountCache.WriteAsync();
        await image.L2Cache.FlushAsync();
    }

    private async ValueTask WriteL1Async(OffsetTable l1, MetadataSections section = MetadataSections.ActiveL1)
    {
        byte[] table = new byte[l1.Size];
        l1.CopyTo(0, table);
        image.Overlap.Check(section, l1.Offset, table.Length);
        await image.File.WriteAsync(l1.Offset, table);
        await image.File.FlushAsync();
    }

    private async ValueTask<OffsetTable> ReadL1Async(Qcow2Snapshot snapshot)
    {
        CheckL1(snapshot);
        var l1 = new OffsetTable { Offset = snapshot.L1TableOffset, Length = (int)snapshot.L1Size };
        await l1.LoadAsync(image.File);
        return l1;
    }

    private void CheckL1(Qcow2Snapshot snapshot)
    {
        if (snapshot.L1Size > Qcow2Geometry.MaxL1Bytes / sizeof(ulong))
        {
            throw new QmpException("Snapshot L1 table too large");
        }

        if (!Geometry.IsAligned(snapshot.L1TableOffset) || snapshot.L1TableOffset < 0)
        {
            throw new QmpException("Snapshot L1 table offset invalid");
        }
    }

    private async ValueTask StoreAsync(IReadOnlyList<Qcow2Snapshot> snapshots)
    {
        long size = await SnapshotTableWriter.WriteAsync(image, snapshots);
        await image.AdoptSnapshotsAsync(snapshots, size);
    }

    private static async ValueTask DoAsync(string failure, Func<ValueTask> step)
    {
        try
        {
            await step();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"{failure}: {e.Message}", e);
        }
    }
}
