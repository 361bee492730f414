using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>The active mapping tables: finds the slice of an L2 table that maps a place, and makes tables writable.</summary>
/// <remarks>Everything but <see cref="TryGetSlice"/> is called under the image's metadata lock.</remarks>
internal sealed class L2Tables(
    BlockChild file,
    Qcow2Geometry geometry,
    OffsetTable l1,
    MetadataCache cache,
    MetadataCache refcountCache,
    ClusterAllocator allocator,
    OverlapGuard overlap,
    HostDiscard discardOfTables)
{
    private readonly int _sliceEntries = cache.TableSize / geometry.L2EntrySize;

    /// <summary>Entries of a slice.</summary>
    public int SliceEntries => _sliceEntries;

    /// <summary>The index in its slice of the entry that maps a place.</summary>
    public int SliceIndex(long guestOffset) => geometry.L2Index(guestOffset) & (_sliceEntries - 1);

    /// <summary>Where the part of the disk ends that the slice of a place maps.</summary>
    public long SliceEnd(long guestOffset)
        => geometry.ClusterStart(guestOffset) + ((long)(_sliceEntries - SliceIndex(guestOffset)) << geometry.ClusterBits);

    /// <summary>Where the part of the disk ends that the L2 table of a place maps.</summary>
    public long TableEnd(long guestOffset) => (guestOffset & ~(geometry.L2Coverage - 1)) + geometry.L2Coverage;

    /// <summary>Finds the slice of a place without waiting.</summary>
    /// <param name="guestOffset">The place.</param>
    /// <param name="slice">The slice, or null if there is no table.</param>
    /// <returns>False if the slice must be read first.</returns>
    public bool TryGetSlice(long guestOffset, out CachedTable? slice)
    {
        slice = null;
        int index = geometry.L1Index(guestOffset);
        long table = (long)(l1[index] & L2Entry.OffsetMask);
        if (table == 0)
        {
            return true;
        }

        if (!cache.TryGet(SliceOffset(index, table, guestOffset), out CachedTable found))
        {
            return false;
        }

        slice = found;
        return true;
    }

    /// <summary>Gets the slice of a place, or null if there is no table.</summary>
    public async ValueTask<CachedTable?> GetSliceAsync(long guestOffset)
    {
        if (TryGetSlice(guestOffset, out CachedTable? slice))
        {
            return slice;
        }

        int index = geometry.L1Index(guestOffset);
        return await cache.GetAsync(SliceOffset(index, (long)(l1[index] & L2Entry.OffsetMask), guestOffset));
    }

    /// <summary>Gets the slice of a place in a table that may be changed; makes the table if there is none or it is shared.</summary>
    public async ValueTask<CachedTable> GetSliceForWriteAsync(long guestOffset)
    {
        int index = geometry.L1Index(guestOffset);
        if (index >= l1.Length)
        {
            throw new BlockIOException(Errno.EIO);
        }

        CheckTable(index);
        if ((l1[index] & L2Entry.Copied) == 0 || (l1[index] & L2Entry.OffsetMask) == 0)
        {
            await MakeTableAsync(index);
        }

        return await GetSliceAsync(guestOffset) ?? throw new BlockIOException(Errno.EIO);
    }

    /// <summary>Notes that a slice was changed.</summary>
    public void MarkDirty(CachedTable slice) => cache.MarkDirty(slice);

    /// <summary>Writes an L1 entry as it is in memory and makes it stable.</summary>
    public async ValueTask WriteL1EntryAsync(int index)
    {
        byte[] entry = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(entry, l1[index]);
        long offset = l1.Offset + ((long)index * sizeof(ulong));
        overlap.Check(MetadataSections.ActiveL1, offset, entry.Length);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L1Update);
        await file.WriteAsync(offset, entry);
        await file.FlushAsync();
    }

    /// <summary>The offset of the table that a slice belongs to, as messages show it.</summary>
    public long TableOffset(long guestOffset) => (long)(l1[geometry.L1Index(guestOffset)] & L2Entry.OffsetMask);

    private long SliceOffset(int l1Index, long table, long guestOffset)
    {
        CheckTable(l1Index);
        int first = geometry.L2Index(guestOffset) & ~(_sliceEntries - 1);
        return table + ((long)first * geometry.L2EntrySize);
    }

    private void CheckTable(int index)
    {
        long table = (long)(l1[index] & L2Entry.OffsetMask);
        if (!geometry.IsAligned(table))
        {
            throw new ImageCorruptException(
                $"L2 table offset {ImageCorruptException.Hex(table)} unaligned (L1 index: {ImageCorruptException.Hex(index)})");
        }
    }

    private async ValueTask MakeTableAsync(int index)
    {
        long old = (long)(l1[index] & L2Entry.OffsetMask);
        long offset = await allocator.AllocateAsync(1, isFlushNext: true);
        if (offset == 0)
        {
            throw new ImageCorruptException("Preventing invalid allocation of L2 table at offset 0");
        }

        try
        {
            // The count is stable before anything refers to the table.
            await refcountCache.FlushAsync();
            await FillTableAsync(old, offset);
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L2AllocWrite);
            await cache.FlushAsync();
            await LinkTableAsync(index, offset);
        }
        catch (BlockIOException)
        {
            await allocator.AbandonAsync(offset, geometry.ClusterSize);
            throw;
        }

        if (old != 0)
        {
            await allocator.FreeAsync(old, geometry.ClusterSize, discardOfTables);
        }
    }

    private async ValueTask FillTableAsync(long old, long offset)
    {
        for (int at = 0; at < geometry.ClusterSize; at += cache.TableSize)
        {
            CachedTable slice = await cache.GetEmptyAsync(offset + at);
            cache.MarkDirty(slice);
            if (old != 0)
            {
                slice.Pins++;
                try
                {
                    await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L2AllocCowRead);
                    CachedTable source = await cache.GetAsync(old + at);
                    source.Data.CopyTo(slice.Data, 0);
                }
                finally
                {
                    slice.Pins--;
                }
            }
        }
    }

    private async ValueTask LinkTableAsync(int index, long offset)
    {
        ulong previous = l1[index];
        l1.Set(index, (ulong)offset | L2Entry.Copied);
        try
        {
            await WriteL1EntryAsync(index);
        }
        catch (BlockIOException)
        {
            l1.Set(index, previous);
            throw;
        }

        overlap.ReplaceL2Table((long)(previous & L2Entry.OffsetMask), offset);
    }
}
