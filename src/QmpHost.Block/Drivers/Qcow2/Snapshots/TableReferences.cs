using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;

namespace QmpHost.Block.Drivers.Qcow2.Snapshots;

/// <summary>
/// Counts one reference more, or one less, to everything that an L1 table leads to, and sets the flags that allow writing in place:
/// they stand where the count is one.
/// </summary>
/// <remarks>Called under the image's metadata lock, on an image without requests under way.</remarks>
internal sealed class TableReferences(Qcow2Image image)
{
    private readonly int _sliceEntries = image.L2Cache.TableSize / image.Geometry.L2EntrySize;

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Counts. Entries of the L1 table are changed in memory only.</summary>
    /// <param name="l1">The L1 table.</param>
    /// <param name="change">1, -1, or 0 where only flags are to be set.</param>
    /// <returns>Whether the L1 table was changed.</returns>
    /// <exception cref="BlockIOException">A table could not be read, or a count does not fit; clusters before that one are counted.</exception>
    /// <exception cref="ImageCorruptException">The tables contradict themselves.</exception>
    public async ValueTask<bool> ChangeAsync(OffsetTable l1, int change)
    {
        bool changed = false;
        for (int i = 0; i < l1.UsedLength; i++)
        {
            ulong entry = l1[i];
            long table = (long)(entry & L2Entry.OffsetMask);
            if (table == 0)
            {
                continue;
            }

            if (!Geometry.IsAligned(table))
            {
                throw new ImageCorruptException(
                    $"L2 table offset {ImageCorruptException.Hex(table)} unaligned (L1 index: {ImageCorruptException.Hex(i)})");
            }

            ulong counted = (ulong)table | (await ChangeTableAsync(table, change) == 1 ? L2Entry.Copied : 0);
            if (counted != entry)
            {
                l1.Set(i, counted);
                changed = true;
            }
        }

        return changed;
    }

    private async ValueTask<ulong> ChangeTableAsync(long table, int change)
    {
        ulong count = await CountAsync(table);
        bool goes = change < 0 && count == 1;
        for (long offset = table; offset < table + Geometry.ClusterSize; offset += image.L2Cache.TableSize)
        {
            CachedTable slice = await image.L2Cache.GetAsync(offset);
            slice.Pins++;
            try
            {
                await CountSliceAsync(slice, table, change);
                if (!goes)
                {
                    await MarkSliceAsync(slice, table, change);
                }
            }
            finally
            {
                slice.Pins--;
            }
        }

        await ChangeAsync(table, Geometry.ClusterSize, change);
        return count + (ulong)change;
    }

    /// <summary>Changes the counts of what a slice refers to, those of neighbouring clusters together.</summary>
    private async ValueTask CountSliceAsync(CachedTable slice, long table, int change)
    {
        if (change == 0)
        {
            return;
        }

        long start = 0;
        long end = 0;
        for (int i = 0; i < _sliceEntries; i++)
        {
            (long offset, long bytes) = Held(image.Entries.Read(slice.Data, i), table, i);
            if (bytes == 0)
            {
                continue;
            }

            if (offset != end || !Geometry.IsAligned(offset))
            {
                await ChangeAsync(start, end - start, change);
                start = offset;
            }

            end = offset + bytes;
            if (!Geometry.IsAligned(end))
            {
                // Compressed data shares its last cluster with what follows: each is counted by itself.
                await ChangeAsync(start, end - start, change);
                start = end = 0;
            }
        }

        await ChangeAsync(start, end - start, change);
    }

    private (long Offset, long Bytes) Held(L2Entry entry, long table, int index)
    {
        switch (image.Entries.KindOf(entry))
        {
            case ClusterKind.Compressed:
                var data = CompressedDescriptor.Decode(Geometry, entry.Descriptor);
                return (data.HostOffset, data.Length);
            case ClusterKind.Normal or ClusterKind.ZeroAllocated when !Geometry.IsAligned(entry.HostOffset):
                throw new ImageCorruptException(
                    $"Cluster allocation offset {ImageCorruptException.Hex(entry.HostOffset)} unaligned "
                    + $"(L2 offset: {ImageCorruptException.Hex(table)}, L2 index: {ImageCorruptException.Hex(index)})");
            case ClusterKind.Normal or ClusterKind.ZeroAllocated:
                return (entry.HostOffset, Geometry.ClusterSize);
            default:
                return default;
        }
    }

    private async ValueTask MarkSliceAsync(CachedTable slice, long table, int change)
    {
        bool dirty = false;
        for (int i = 0; i < _sliceEntries; i++)
        {
            L2Entry entry = image.Entries.Read(slice.Data, i);
            if (image.Entries.KindOf(entry) is not (ClusterKind.Normal or ClusterKind.ZeroAllocated) || !Geometry.IsAligned(entry.HostOffset))
            {
                continue;
            }

            bool single = change <= 0 && await CountAsync(entry.HostOffset) == 1;
            if (entry.IsCopied != single)
            {
                image.Entries.Write(slice.Data, i, entry with { Descriptor = entry.Descriptor ^ L2Entry.Copied });
                dirty = true;
            }
        }

        if (dirty)
        {
            if (change > 0)
            {
                // A count that is too high is a leak; a table that is written before it would lead to shared data being changed.
                await image.L2Cache.DependOnAsync(image.RefcountCache);
            }

            image.L2Cache.MarkDirty(slice);
        }
    }

    private ValueTask ChangeAsync(long offset, long bytes, int change) => bytes == 0 || change == 0
        ? ValueTask.CompletedTask
        : change > 0
            ? image.Allocator.ShareAsync(offset, bytes)
            : image.Allocator.UnshareAsync(offset, bytes, image.Settings.DiscardOfSnapshots);

    private ValueTask<ulong> CountAsync(long offset) => image.Refcounts.GetAsync(offset >> Geometry.ClusterBits);
}
