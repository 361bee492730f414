using System.Buffers.Binary;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Rebuilds refcounts from the references in an image.</summary>
internal static class Qcow2Repair
{
    /// <summary>Puts an image in order that was not closed properly while its refcounts were written late.</summary>
    /// <exception cref="QmpException">It cannot be written.</exception>
    public static async ValueTask RepairDirtyAsync(Qcow2Image image)
    {
        try
        {
            using (await image.Lock.EnterAsync())
            {
                await RepairLockedAsync(image);
                await image.Order.MarkCleanAsync();
            }
        }
        catch (Exception e) when (e is BlockIOException or ImageCorruptException)
        {
            string reason = e is BlockIOException ? e.Message : Errno.EIO.Describe();
            throw new QmpException($"Could not repair dirty image: {reason}", e);
        }
    }

    private static async ValueTask RepairLockedAsync(Qcow2Image image)
    {
        (CheckReport report, RefcountCensus census) = await Qcow2Check.RunLockedAsync(image);
        if (report.Corruptions == 0 && report.Leaks == 0)
        {
            return;
        }

        await DropBadBlocksAsync(image);
        await MakeBlocksAsync(image, census.End);
        var walker = new ReferenceWalker(image, new CheckReport());
        await walker.WalkAsync();
        await StoreCountsAsync(image, walker.Census);
        await image.RefcountCache.FlushAsync();
        await CopiedFlags.CheckAsync(image, new CheckReport(), fix: true);
        await image.L2Cache.EmptyAsync();
    }

    // Entries of the refcount table that cannot be right are given up: new blocks take their place.
    private static async ValueTask DropBadBlocksAsync(Qcow2Image image)
    {
        OffsetTable table = image.RefcountTable;
        var seen = new HashSet<long>();
        for (int i = 0; i < table.UsedLength; i++)
        {
            long offset = (long)(table[i] & RefcountStore.OffsetMask);
            bool isBad = offset != 0
                && (offset < 0 || !image.Geometry.IsAligned(offset) || offset >= image.File.Node.Length || !seen.Add(offset));
            if (isBad)
            {
                table.Set(i, 0);
                image.Overlap.ReplaceRefcountBlock(offset, 0);
                byte[] entry = new byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64BigEndian(entry, 0);
                await image.File.WriteAsync(table.Offset + ((long)i * sizeof(ulong)), entry);
            }
        }
    }

    private static async ValueTask MakeBlocksAsync(Qcow2Image image, long end)
    {
        long from = end;
        for (long cluster = 0; cluster < from; cluster += image.Geometry.RefcountBlockEntries)
        {
            from = await image.Growth.EnsureBlockAsync(cluster, static free => ValueTask.FromResult(free), from);
        }
    }

    private static async ValueTask StoreCountsAsync(Qcow2Image image, RefcountCensus census)
    {
        int entries = image.Geometry.RefcountBlockEntries;
        for (long first = 0; first < image.Refcounts.UsedClusters; first += entries)
        {
            long block = first >> image.Geometry.RefcountBlockBits;
            if (!image.Refcounts.HasBlock(block))
            {
                continue;
            }

            for (int i = 0; i < entries; i++)
            {
                ulong referenced = Math.Min(census[first + i], image.Geometry.RefcountMax);
                if (await image.Refcounts.GetAsync(first + i) != referenced)
                {
                    await image.Refcounts.SetAsync(first + i, referenced);
                }
            }
        }
    }
}
