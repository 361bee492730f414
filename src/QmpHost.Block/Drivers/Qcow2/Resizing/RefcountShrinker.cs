using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>Gives up refcount blocks that count nothing any more, so that they do not keep the end of the file.</summary>
internal static class RefcountShrinker
{
    /// <summary>Removes the blocks.</summary>
    /// <param name="image">The image; nothing in its file refers to clusters that were freed.</param>
    public static async ValueTask ShrinkAsync(Qcow2Image image)
    {
        using (await image.Lock.EnterAsync())
        {
            await image.L2Cache.FlushAsync();
            await image.Freed.DiscardAsync(image.File);
            List<int> idle = await FindIdleAsync(image);
            await WriteTableAsync(image, idle);
            foreach (int index in idle)
            {
                await CheckReferenceAsync(image, index);
                image.Overlap.ReplaceRefcountBlock((long)(image.RefcountTable[index] & RefcountStore.OffsetMask), 0);
                await image.Refcounts.RemoveBlockAsync(index);
            }

            image.Freed.Advance();
        }
    }

    // A block that another one counts has one reference: the table's.
    private static async ValueTask CheckReferenceAsync(Qcow2Image image, int index)
    {
        long offset = (long)(image.RefcountTable[index] & RefcountStore.OffsetMask);
        long cluster = offset >> image.Geometry.ClusterBits;
        int counting = (int)(cluster >> image.Geometry.RefcountBlockBits);
        if (counting == index || !image.Refcounts.HasBlock(counting) || await image.Refcounts.GetAsync(cluster) is not (not 1 and var count))
        {
            return;
        }

        long counter = (long)(image.RefcountTable[counting] & RefcountStore.OffsetMask);
        await image.Corruption.ReportFatalAsync(new ImageCorruptException(
            $"Invalid refcount: refblock offset {ImageCorruptException.Hex(counter)}, reftable index {counting}, "
            + $"block offset {ImageCorruptException.Hex(offset)}, refcount {ImageCorruptException.Hex((long)count)}"));
        throw new BlockIOException(Errno.EINVAL);
    }

    private static async ValueTask<List<int>> FindIdleAsync(Qcow2Image image)
    {
        var idle = new List<int>();
        int entries = image.Geometry.RefcountBlockEntries;
        for (int i = 0; i < image.RefcountTable.UsedLength; i++)
        {
            // Without its block a cluster counts as free: one that a request may still use keeps it.
            if (!image.Freed.HoldsAny((long)i * entries, entries) && await image.Refcounts.IsIdleAsync(i))
            {
                idle.Add(i);
            }
        }

        return idle;
    }

    private static async ValueTask WriteTableAsync(Qcow2Image image, List<int> without)
    {
        byte[] bytes = new byte[image.RefcountTable.Size];
        image.RefcountTable.CopyTo(0, bytes);
        foreach (int index in without)
        {
            bytes.AsSpan(index * sizeof(ulong), sizeof(ulong)).Clear();
        }

        // As in QEMU, what else may lie there is not asked.
        await image.File.WriteAsync(image.RefcountTable.Offset, bytes);
        await image.File.FlushAsync();
    }
}
