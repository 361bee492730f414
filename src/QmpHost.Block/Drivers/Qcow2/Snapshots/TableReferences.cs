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
        for (long offset = table; offset < table + Geometry.ClusterSize; offset += image.L2Cache.TableSize)
        {
            CachedTable slice = await image.L2Cache.GetAsync(offset);
            slice.Pins++;
            try
            {
                await ChangeSliceAsync(slice, table, change, isKept: change >= 0 || count != 1);
            }
            finally
            {
                slice.Pins--;
            }
        }

        await ChangeAsync(table, Geometry.ClusterSize, change);
        return count + (ulong)change;
    }

    /// <summary>
    /// Changes the counts of what a slice refers to, each by itself, as in QEMU: where a count cannot be changed, the entries before it
    /// have their flags already.
    /// </summary>
    private async ValueTask ChangeSliceAsync(CachedTable slice, long table, int change, bool isKept)
    {
        for (int i = 0; i < _sliceEntries; i++)
        {
            L2Entry entry = image.Entries.Read(slice.Data, i);
            if (change != 0 && Held(entry, table, i) is { Bytes: not 0 } held)
            {
                await ChangeAsync(held.Offset, held.Bytes, change);
            }

            if (isKept)
            {
                await MarkAsync(slice, i, entry, change);
            }
        }
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

    private async ValueTask MarkAsync(CachedTable slice, int index, L2Entry entry, int change)
    {
        if (image.Entries.KindOf(entry) is not (ClusterKind.Normal or ClusterKind.ZeroAllocated) || !Geometry.IsAligned(entry.HostOffset))
        {
            return;
        }

        bool isSingle = change <= 0 && await CountAsync(entry.HostOffset) == 1;
        if (entry.IsCopied == isSingle)
        {
            return;
        }

        if (change > 0)
        {
            // A count that is too high is a leak; a table that is written before it would lead to shared data being changed.
            await image.L2Cache.DependOnAsync(image.RefcountCache);
        }

        image.Entries.Write(slice.Data, index, entry with { Descriptor = entry.Descriptor ^ L2Entry.Copied });
        image.L2Cache.MarkDirty(slice);
    }

    private ValueTask ChangeAsync(long offset, long bytes, int change) => change == 0
        ? ValueTask.CompletedTask
        : change > 0
            ? image.Allocator.ShareAsync(offset, bytes)
            : image.Allocator.UnshareAsync(offset, bytes, image.Settings.DiscardOfSnapshots);

    private ValueTask<ulong> CountAsync(long offset) => image.Refcounts.GetAsync(offset >> Geometry.ClusterBits);
}
