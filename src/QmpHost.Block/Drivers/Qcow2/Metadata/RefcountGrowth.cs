using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Makes refcount blocks where there are none yet, and a larger refcount table when it is full.</summary>
/// <remarks>
/// Called under the image's metadata lock. Each step leaves the file sound: a block is stable before the table refers to
/// it, and a new table is stable before the header does.
/// </remarks>
internal sealed class RefcountGrowth(
    BlockChild file,
    Qcow2Geometry geometry,
    Qcow2Header header,
    OffsetTable table,
    RefcountStore store,
    MetadataCache cache,
    MetadataCache l2Cache,
    OverlapGuard overlap,
    HostDiscard discardOfTables)
{
    /// <summary>Makes the block that counts a cluster, if it is missing.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="findFree">Finds a free cluster at or behind a given one.</param>
    /// <param name="from">Where clusters that are not spoken for begin.</param>
    /// <returns>Where clusters that are not spoken for begin now.</returns>
    public async ValueTask<long> EnsureBlockAsync(long cluster, Func<long, ValueTask<long>> findFree, long from)
    {
        long wanted = cluster >> geometry.RefcountBlockBits;
        while (!store.HasBlock(wanted))
        {
            long place = await findFree(from);
            from = await CreateBlockAsync(cluster, place, findFree);
        }

        return from;
    }

    private async ValueTask<long> CreateBlockAsync(long cluster, long place, Func<long, ValueTask<long>> findFree)
    {
        long wanted = cluster >> geometry.RefcountBlockBits;
        bool countsItself = place >> geometry.RefcountBlockBits == wanted;
        long next = place + 1;
        long offset = place << geometry.ClusterBits;
        if (offset == 0)
        {
            throw new ImageCorruptException("Preventing invalid allocation of refcount block at offset 0");
        }

        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAlloc);
        await l2Cache.FlushAsync();
        overlap.Check(MetadataSections.None, offset, geometry.ClusterSize);
        if (!countsItself)
        {
            // A block that lies in the area that another missing block counts makes that one necessary first.
            next = await EnsureBlockAsync(place, findFree, next);
            await store.IncreaseAsync(place, 1);
            await cache.FlushAsync();
        }

        try
        {
            await WriteNewBlockAsync(offset, countsItself ? place : null);
            if (wanted < table.Length)
            {
                await HookUpAsync((int)wanted, offset);
            }
            else
            {
                long end = Math.Max(cluster + 1, place);
                await GrowTableAsync((end + geometry.RefcountBlockEntries - 1) >> geometry.RefcountBlockBits, wanted, offset);
            }
        }
        catch
        {
            // Nothing refers to it: it must not be written over what comes to lie there.
            cache.Drop(offset);
            throw;
        }

        return next;
    }

    private async ValueTask WriteNewBlockAsync(long offset, long? counted)
    {
        CachedTable block = await cache.GetEmptyAsync(offset);
        if (counted is { } cluster)
        {
            store.Codec.Write(block.Data, store.IndexInBlock(cluster), 1);
            store.NoteCounted(cluster);
        }

        cache.MarkDirty(block);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocWrite);
        await cache.FlushAsync();
    }

    private async ValueTask HookUpAsync(int index, long offset)
    {
        byte[] entry = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64BigEndian(entry, offset);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocHookup);
        await file.WriteAsync(table.Offset + ((long)index * sizeof(ulong)), entry);
        await file.FlushAsync();
        table.Set(index, (ulong)offset);
        overlap.ReplaceRefcountBlock(0, offset);
    }

    /// <summary>
    /// Makes the blocks that are missing to count clusters from a place on, and, as in QEMU, a new table behind them, though the old one
    /// might do: what is allocated next is in one piece.
    /// </summary>
    /// <param name="start">The first cluster; it and all behind it are free.</param>
    /// <param name="additional">How many clusters are to be counted behind what is made here.</param>
    /// <returns>The first cluster behind what was made.</returns>
    public async ValueTask<long> MakeAreaAsync(long start, long additional)
    {
        // QEMU reckons with one cluster more than it says, and with the one behind the last.
        const int Spare = 2;
        long first = start >> geometry.RefcountBlockBits;
        long total = 0;
        int missing = 0;
        long tableClusters = 0;
        while (true)
        {
            long end = start + missing + tableClusters + additional + Spare;
            long needed = (end + geometry.RefcountBlockEntries - 1) >> geometry.RefcountBlockBits;
            if (needed == total)
            {
                break;
            }

            total = needed;
            tableClusters = TableClustersFor(Math.Max(total, table.UsedLength));
            missing = Enumerable.Range((int)first, (int)(total - first)).Count(block => !store.HasBlock(block));
        }

        var missingBlocks = Enumerable.Range((int)first, (int)(total - first)).Where(block => !store.HasBlock(block)).ToList();
        await MakeAreaAsync(start, missingBlocks, tableClusters, static _ => { });
        return start + missingBlocks.Count + tableClusters;
    }

    /// <summary>Makes a larger table, and the blocks that count it and themselves, where the first of these begins to count.</summary>
    /// <param name="firstBlock">The index of the first of them.</param>
    /// <param name="newBlock">The index of a block that has been written and does not fit into the old table.</param>
    /// <param name="newBlockOffset">Where that block is.</param>
    private ValueTask GrowTableAsync(long firstBlock, long newBlock, long newBlockOffset)
    {
        long start = firstBlock << geometry.RefcountBlockBits;
        long total = BlocksFor(start);

        // A place that no table could count is refused first.
        long tableClusters = TableClustersFor(total + ((total + 1) / 2));
        List<int> blocks = [.. Enumerable.Range((int)firstBlock, (int)(total - firstBlock))];
        return MakeAreaAsync(start, blocks, tableClusters, grown => grown.Set((int)newBlock, (ulong)newBlockOffset));
    }

    private long TableClustersFor(long blocks)
    {
        int entriesPerCluster = geometry.ClusterSize / sizeof(ulong);
        long clusters = (blocks + entriesPerCluster - 1) / entriesPerCluster;
        return clusters << geometry.ClusterBits > Qcow2Geometry.MaxRefcountTableBytes ? throw new BlockIOException(Errno.EFBIG) : clusters;
    }

    /// <summary>Makes blocks at a place, and a table behind them; both are counted.</summary>
    private async ValueTask MakeAreaAsync(long start, List<int> blocks, long tableClusters, Action<OffsetTable> complete)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReftableGrow);
        int area = blocks.Count + (int)tableClusters;
        overlap.Check(MetadataSections.None, start << geometry.ClusterBits, (long)area << geometry.ClusterBits);
        OffsetTable grown = Copy((int)tableClusters, (start + blocks.Count) << geometry.ClusterBits);
        complete(grown);
        try
        {
            await WriteBlocksAsync(start, blocks, area, grown);
            await WriteTableAsync(grown, (int)tableClusters);
        }
        catch
        {
            await TakeBackAsync(start, area);
            throw;
        }

        await SwitchTableAsync(grown, (int)tableClusters);
    }

    /// <summary>
    /// How many blocks count so many clusters at the start of the file, the table of these blocks, and themselves, with room for half
    /// as large a table more.
    /// </summary>
    private long BlocksFor(long clusters)
    {
        int tableEntries = geometry.ClusterSize / sizeof(ulong);
        long blocks = 0;
        long tableClusters = 0;
        bool isAmple = false;
        while (true)
        {
            long needed = (clusters + tableClusters + blocks + geometry.RefcountBlockEntries - 1) >> geometry.RefcountBlockBits;
            long neededTable = (needed + tableEntries - 1) / tableEntries;
            if (needed != blocks || neededTable != tableClusters)
            {
                (blocks, tableClusters) = (needed, neededTable);
            }
            else if (isAmple)
            {
                return blocks;
            }
            else
            {
                clusters += (tableClusters + 1) / 2;
                isAmple = true;
            }
        }
    }

    private OffsetTable Copy(int tableClusters, long offset)
    {
        var grown = new OffsetTable
        {
            Offset = offset,
            Length = (int)(((long)tableClusters << geometry.ClusterBits) / sizeof(ulong)),
        };
        for (int i = 0; i < table.UsedLength; i++)
        {
            grown.Set(i, table[i]);
        }

        return grown;
    }

    private async ValueTask WriteBlocksAsync(long start, List<int> blocks, int area, OffsetTable grown)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocWriteBlocks);
        var written = new List<CachedTable>();
        try
        {
            await CountInOldBlocksAsync(start, area, 1);
            for (int i = 0; i < blocks.Count; i++)
            {
                long offset = (start + i) << geometry.ClusterBits;
                CachedTable block = await cache.GetEmptyAsync(offset);
                written.Add(block);
                Count(block, blocks[i], start, area, 1);
                grown.Set(blocks[i], (ulong)offset);
            }

            await cache.FlushAsync();
        }
        catch
        {
            // Nothing refers to them: they must not be written over what comes to lie there.
            written.ForEach(block => cache.Drop(block.Offset));
            throw;
        }
    }

    private async ValueTask TakeBackAsync(long start, int area)
    {
        try
        {
            await CountInOldBlocksAsync(start, area, 0);
        }
        catch (BlockIOException)
        {
            // They leak.
        }
    }

    private async ValueTask CountInOldBlocksAsync(long start, int area, ulong count)
    {
        for (long block = start >> geometry.RefcountBlockBits; block <= (start + area - 1) >> geometry.RefcountBlockBits; block++)
        {
            if (store.HasBlock(block))
            {
                Count(await store.GetBlockAsync(block), block, start, area, count);
            }
        }
    }

    private void Count(CachedTable block, long index, long start, int area, ulong count)
    {
        long blockStart = index << geometry.RefcountBlockBits;
        long end = Math.Min(start + area, blockStart + geometry.RefcountBlockEntries);
        for (long cluster = Math.Max(start, blockStart); cluster < end; cluster++)
        {
            store.Codec.Write(block.Data, (int)(cluster - blockStart), count);
        }

        cache.MarkDirty(block);
    }

    private async ValueTask WriteTableAsync(OffsetTable grown, int tableClusters)
    {
        byte[] bytes = new byte[(long)tableClusters << geometry.ClusterBits];
        grown.CopyTo(0, bytes);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocWriteTable);
        await file.WriteAsync(grown.Offset, bytes);
        await file.FlushAsync();
    }

    private async ValueTask SwitchTableAsync(OffsetTable grown, int tableClusters)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocSwitchTable);
        await HeaderUpdate.WriteRefcountTableAsync(file, grown.Offset, tableClusters);

        long oldStart = table.Offset >> geometry.ClusterBits;
        int oldClusters = header.RefcountTableClusters;
        header.RefcountTableOffset = grown.Offset;
        header.RefcountTableClusters = tableClusters;
        for (int i = 0; i < grown.UsedLength; i++)
        {
            if (table[i] != grown[i])
            {
                overlap.ReplaceRefcountBlock((long)(table[i] & RefcountStore.OffsetMask), (long)grown[i]);
            }
        }

        table.TakeOver(grown);
        await FreeOldAsync(oldStart, oldClusters);
    }

    private async ValueTask FreeOldAsync(long first, int clusters)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterFree);
        try
        {
            await store.DecreaseAsync(first, clusters, discardOfTables);
        }
        catch (BlockIOException e)
        {
            store.TellLeak(e.Errno);
        }
    }
}
