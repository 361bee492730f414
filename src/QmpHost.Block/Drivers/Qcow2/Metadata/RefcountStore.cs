using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>The reference counts of host clusters: reads and changes them in blocks that exist.</summary>
/// <remarks>Called under the image's metadata lock.</remarks>
internal sealed class RefcountStore(
    BlockChild file, Qcow2Geometry geometry, OffsetTable table, MetadataCache cache, MetadataCache l2Cache)
{
    /// <summary>Offset bits of a refcount table entry.</summary>
    public const ulong OffsetMask = ~0x1ffUL;

    private readonly RefcountCodec _codec = new(geometry.RefcountOrder);

    /// <summary>
    /// Raised for each cluster whose count became zero, with what the image file is to be told, and whether no table in it has
    /// referred to the cluster.
    /// </summary>
    public event Action<long, HostDiscard, bool>? ClusterFreed;

    public RefcountCodec Codec => _codec;

    /// <summary>How many clusters the table can cover at its present size.</summary>
    public long CoveredClusters => (long)table.Length << geometry.RefcountBlockBits;

    /// <summary>
    /// The highest cluster that was counted since the image was opened, -1 for none. It may lie behind the end of the file: its data
    /// or table is written later.
    /// </summary>
    public long HighestCounted { get; private set; } = -1;

    /// <summary>How many clusters the blocks that exist cover.</summary>
    public long UsedClusters => (long)table.UsedLength << geometry.RefcountBlockBits;

    public bool HasBlock(long blockIndex) => blockIndex < table.Length && (table[(int)blockIndex] & OffsetMask) != 0;

    /// <summary>Gets a block that exists.</summary>
    /// <exception cref="ImageCorruptException">The table points to a place that cannot be one.</exception>
    public ValueTask<CachedTable> GetBlockAsync(long blockIndex)
    {
        long offset = (long)(table[(int)blockIndex] & OffsetMask);
        if (!geometry.IsAligned(offset))
        {
            throw new ImageCorruptException(
                $"Refblock offset {ImageCorruptException.Hex(offset)} unaligned (reftable index: {ImageCorruptException.Hex(blockIndex)})");
        }

        // At 0 is the header, never a block.
        return offset > 0 ? cache.GetAsync(offset) : throw new BlockIOException(Errno.EIO);
    }

    /// <summary>The count of a cluster.</summary>
    public async ValueTask<ulong> GetAsync(long cluster)
    {
        long block = cluster >> geometry.RefcountBlockBits;
        return HasBlock(block) ? _codec.Read((await GetBlockAsync(block)).Data, IndexInBlock(cluster)) : 0;
    }

    /// <summary>Counts one more reference to each of some clusters, whose blocks exist.</summary>
    /// <exception cref="BlockIOException">EINVAL: a count would not fit; none is changed then.</exception>
    public async ValueTask IncreaseAsync(long first, long count)
    {
        long counted = 0;
        try
        {
            while (counted < count)
            {
                counted += await IncreaseInBlockAsync(first + counted, count - counted);
            }
        }
        catch (Exception e) when (counted > 0 && e is (BlockIOException or ImageCorruptException))
        {
            await TakeBackAsync(first, counted);
            throw;
        }
    }

    /// <summary>Notes that a cluster was counted.</summary>
    public void NoteCounted(long cluster) => HighestCounted = Math.Max(HighestCounted, cluster);

    // All of a block, or nothing.
    private async ValueTask<long> IncreaseInBlockAsync(long first, long count)
    {
        CachedTable block = await OpenBlockAsync(first);
        int index = IndexInBlock(first);
        int end = (int)Math.Min(index + count, geometry.RefcountBlockEntries);
        for (int i = index; i < end; i++)
        {
            if (_codec.Read(block.Data, i) == geometry.RefcountMax)
            {
                throw new BlockIOException(Errno.EINVAL);
            }
        }

        for (int i = index; i < end; i++)
        {
            _codec.Write(block.Data, i, _codec.Read(block.Data, i) + 1);
        }

        cache.MarkDirty(block);
        NoteCounted(first + (end - index) - 1);
        return end - index;
    }

    /// <summary>Takes back what <see cref="IncreaseAsync"/> counted. Nothing refers to it yet: it needs no order.</summary>
    public async ValueTask TakeBackAsync(long first, long count)
    {
        try
        {
            while (count > 0)
            {
                CachedTable block = await OpenBlockAsync(first);
                int index = IndexInBlock(first);
                int end = (int)Math.Min(index + count, geometry.RefcountBlockEntries);
                for (int i = index; i < end; i++)
                {
                    _codec.Write(block.Data, i, _codec.Read(block.Data, i) - 1);
                }

                cache.MarkDirty(block);
                first += end - index;
                count -= end - index;
            }
        }
        catch (BlockIOException)
        {
            // They leak.
        }
    }

    /// <summary>Counts one reference less to each of some clusters.</summary>
    /// <param name="first">The first cluster.</param>
    /// <param name="count">How many.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    /// <exception cref="BlockIOException">EINVAL: there was none; clusters before that one are counted.</exception>
    public async ValueTask DecreaseAsync(long first, long count, HostDiscard discard)
    {
        await cache.DependOnAsync(l2Cache);
        await DecreaseInOrderAsync(first, count, discard);
    }

    /// <summary>
    /// Orders the writing of counts behind that of the L2 tables: a freed cluster must not be reused while a table in the file still
    /// refers to it.
    /// </summary>
    /// <returns>False if a table that had to be written for that could not be written.</returns>
    public async ValueTask<bool> TryOrderAsync()
    {
        try
        {
            await cache.DependOnAsync(l2Cache);
            return true;
        }
        catch (BlockIOException)
        {
            return false;
        }
    }

    /// <summary>Counts one reference less to each of some clusters, to which no L2 table in the file refers when the counts are written.</summary>
    /// <param name="first">The first cluster.</param>
    /// <param name="count">How many.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    /// <param name="isUnused">Whether no table in the file has referred to them since they were allocated.</param>
    /// <exception cref="BlockIOException">EINVAL, EFBIG: there was none; clusters before that one are counted.</exception>
    public async ValueTask DecreaseInOrderAsync(long first, long count, HostDiscard discard, bool isUnused = false)
    {
        while (count > 0)
        {
            if (!HasBlock(first >> geometry.RefcountBlockBits))
            {
                // No table could have a block for it, or it counts nothing.
                bool isBeyondTables = first >> geometry.RefcountBlockBits >= Qcow2Geometry.MaxRefcountTableBytes / sizeof(ulong);
                throw new BlockIOException(isBeyondTables ? Errno.EFBIG : Errno.EINVAL);
            }

            CachedTable block = await OpenBlockAsync(first);
            int index = IndexInBlock(first);
            int end = (int)Math.Min(index + count, geometry.RefcountBlockEntries);
            for (; index < end; index++, first++, count--)
            {
                Decrease(block, index, first, discard, isUnused);
            }
        }
    }

    /// <summary>Whether a block exists and counts nothing but perhaps itself.</summary>
    /// <param name="index">Its index in the table.</param>
    public async ValueTask<bool> IsIdleAsync(int index)
    {
        if (!HasBlock(index))
        {
            return false;
        }

        long offset = (long)(table[index] & OffsetMask);
        if (!geometry.IsAligned(offset))
        {
            throw new ImageCorruptException($"Cannot get entry from refcount block cache: Offset {ImageCorruptException.Hex(offset)} is unaligned");
        }

        byte[] counts = (await GetBlockAsync(index)).Data;
        int used = _codec.IndexOfUsed(counts, 0, geometry.RefcountBlockEntries);
        if (CountsItself(index) && used == IndexInBlock(BlockCluster(index)))
        {
            used = _codec.IndexOfUsed(counts, used + 1, geometry.RefcountBlockEntries);
        }

        return used >= geometry.RefcountBlockEntries;
    }

    /// <summary>Takes an idle block out of the table, which has been written without it already.</summary>
    /// <param name="index">Its index in the table.</param>
    public async ValueTask RemoveBlockAsync(int index)
    {
        long cluster = BlockCluster(index);
        bool countsItself = CountsItself(index);
        if (!HasBlock(cluster >> geometry.RefcountBlockBits))
        {
            throw new ImageCorruptException($"Refblock at {ImageCorruptException.Hex(cluster << geometry.ClusterBits)} is not covered by the refcount structures");
        }

        table.Set(index, 0);
        if (countsItself)
        {
            SetFree(cluster, HostDiscard.AtOnce);
        }
        else
        {
            await DecreaseAsync(cluster, 1, HostDiscard.AtOnce);
        }
    }

    private long BlockCluster(int index) => (long)(table[index] & OffsetMask) >> geometry.ClusterBits;

    private bool CountsItself(int index) => BlockCluster(index) >> geometry.RefcountBlockBits == index;

    /// <summary>Sets a count, when an image is repaired.</summary>
    public async ValueTask SetAsync(long cluster, ulong value)
    {
        CachedTable block = await GetBlockAsync(cluster >> geometry.RefcountBlockBits);
        _codec.Write(block.Data, IndexInBlock(cluster), value);
        cache.MarkDirty(block);
        if (value == 0)
        {
            SetFree(cluster, HostDiscard.AtOnce);
        }
    }

    /// <summary>Counts the first clusters of a new image, which one block counts, as used.</summary>
    public async ValueTask ClaimAsync(int count)
    {
        // Whether they are free is looked at first.
        await GetBlockAsync(0);
        CachedTable block = await OpenBlockAsync(0);
        for (int cluster = 0; cluster < count; cluster++)
        {
            _codec.Write(block.Data, cluster, 1);
        }

        cache.MarkDirty(block);
    }

    /// <summary>Tells that clusters that are not in use any more could not be freed.</summary>
    /// <param name="error">What went wrong.</param>
    public void TellLeak(Errno error) => file.Node.Graph.Context.Report(ReportKind.Remark, $"qcow2_free_clusters failed: {error.Describe()}");

    public int IndexInBlock(long cluster) => (int)(cluster & (geometry.RefcountBlockEntries - 1));

    private async ValueTask<CachedTable> OpenBlockAsync(long cluster)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockAlloc);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.RefblockLoad);
        return await GetBlockAsync(cluster >> geometry.RefcountBlockBits);
    }

    private void Decrease(CachedTable block, int index, long cluster, HostDiscard discard, bool isUnused)
    {
        ulong value = _codec.Read(block.Data, index);
        if (value == 0)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        _codec.Write(block.Data, index, value - 1);
        cache.MarkDirty(block);
        if (value == 1)
        {
            SetFree(cluster, discard, isUnused);
        }
    }

    private void SetFree(long cluster, HostDiscard discard, bool isUnused = false)
    {
        // What was a table may become data: no late write of the table may hit it.
        cache.Drop(cluster << geometry.ClusterBits);
        DropL2Slices(cluster);
        ClusterFreed?.Invoke(cluster, discard, isUnused);
    }

    private void DropL2Slices(long cluster)
    {
        if (l2Cache.Count == 0)
        {
            return;
        }

        long start = cluster << geometry.ClusterBits;
        for (long offset = start; offset < start + geometry.ClusterSize; offset += l2Cache.TableSize)
        {
            l2Cache.Drop(offset);
        }
    }
}
