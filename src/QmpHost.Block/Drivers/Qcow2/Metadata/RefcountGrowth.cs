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
            if (wanted >= table.Length)
            {
                await GrowTableAsync(Math.Max(from, store.CoveredClusters), wanted);
                continue;
            }

            long place = await findFree(from);
            from = await CreateBlockAsync(wanted, place, findFree);
        }

        return from;
    }

    private async ValueTask<long> CreateBlockAsync(long wanted, long place, Func<long, ValueTask<long>> findFree)
    {
        long placeBlock = place >> geometry.RefcountBlockBits;
        if (placeBlock >= table.Length)
        {
            await GrowTableAsync(Math.Max(place, store.CoveredClusters), placeBlock);
            return place + 1;
        }

        bool countsItself = placeBlock == wanted;
        long next = place + 1;
        long offset = place << geometry.ClusterBits;
        if (offset == 0)
        {
            throw new ImageCorruptException("Preventing invalid allocation of refcount block at offset 0");
        }

        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAlloc);
        overlap.Check(MetadataSections.None, offset, geometry.ClusterSize);
        if (!countsItself)
        {
            // A block that lies in the area that another missing block counts makes that one necessary first.
            next = await EnsureBlockAsync(place, findFree, next);
            await store.IncreaseAsync(place, 1);
            await cache.FlushAsync();
        }

        CachedTable block = await cache.GetEmptyAsync(offset);
        if (countsItself)
        {
            store.Codec.Write(block.Data, store.IndexInBlock(place), 1);
        }

        cache.MarkDirty(block);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocWrite);
        await cache.FlushAsync();
        await HookUpAsync((int)wanted, offset);
        return next;
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

    private async ValueTask GrowTableAsync(long start, long wanted)
    {
        (int tableClusters, int blocks) = PlanTable(start, wanted);
        if (((long)tableClusters << geometry.ClusterBits) > Qcow2Geometry.MaxRefcountTableBytes)
        {
            throw new BlockIOException(Errno.EFBIG);
        }

        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReftableGrow);
        int area = tableClusters + blocks;
        overlap.Check(MetadataSections.None, start << geometry.ClusterBits, (long)area << geometry.ClusterBits);
        OffsetTable grown = Copy(tableClusters, (start + blocks) << geometry.ClusterBits);
        await WriteBlocksAsync(start, blocks, area, grown);
        await WriteTableAsync(grown, tableClusters);
        await SwitchTableAsync(grown, tableClusters);
    }

    /// <summary>How large the new table must be, and how many blocks count it and themselves.</summary>
    private (int TableClusters, int Blocks) PlanTable(long start, long wanted)
    {
        int entriesPerCluster = geometry.ClusterSize / sizeof(ulong);
        long firstBlock = start >> geometry.RefcountBlockBits;
        long entries = Math.Max(wanted, firstBlock) + 1;
        while (true)
        {
            long tableClusters = ((entries * 3 / 2) + entriesPerCluster - 1) / entriesPerCluster;
            long limit = Qcow2Geometry.MaxRefcountTableBytes >> geometry.ClusterBits;
            tableClusters = Math.Max(Math.Min(tableClusters, limit), (entries + entriesPerCluster - 1) / entriesPerCluster);
            long blocks = 1;
            while (((start + blocks + tableClusters - 1) >> geometry.RefcountBlockBits) - firstBlock + 1 > blocks)
            {
                blocks++;
            }

            if (firstBlock + blocks <= tableClusters * entriesPerCluster)
            {
                return ((int)Math.Min(tableClusters, int.MaxValue), (int)blocks);
            }

            entries = firstBlock + blocks;
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

    private async ValueTask WriteBlocksAsync(long start, int blocks, int area, OffsetTable grown)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAllocWriteBlocks);
        long firstBlock = start >> geometry.RefcountBlockBits;
        for (int i = 0; i < blocks; i++)
        {
            byte[] block = new byte[geometry.ClusterSize];
            long blockStart = (firstBlock + i) << geometry.RefcountBlockBits;
            long end = Math.Min(start + area, blockStart + geometry.RefcountBlockEntries);
            for (long cluster = Math.Max(start, blockStart); cluster < end; cluster++)
            {
                store.Codec.Write(block, (int)(cluster - blockStart), 1);
            }

            long offset = (start + i) << geometry.ClusterBits;
            await file.WriteAsync(offset, block);
            grown.Set((int)(firstBlock + i), (ulong)offset);
        }
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
        await store.DecreaseAsync(oldStart, oldClusters, discardOfTables);
    }
}
