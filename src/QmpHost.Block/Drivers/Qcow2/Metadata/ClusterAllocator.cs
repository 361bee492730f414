using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Hands out host clusters and takes them back.</summary>
/// <remarks>Called under the image's metadata lock.</remarks>
internal sealed class ClusterAllocator
{
    // Descriptors have 56 bits for host offsets.
    private const long MaxHostOffset = 1L << 56;

    private readonly BlockChild _file;
    private readonly Qcow2Geometry _geometry;
    private readonly RefcountStore _store;
    private readonly RefcountGrowth _growth;
    private readonly MetadataCache _l2Cache;
    private readonly FreedClusters _freed;
    private readonly CorruptionReporter _corruption;
    private long _firstCandidate;
    private long _byteOffset;
    private bool _isByteClusterFreed;

    // Freed, but a table in the file may refer to them, and that could not be changed yet.
    private readonly List<(long First, long Count, HostDiscard Discard)> _unordered = [];

    public ClusterAllocator(
        BlockChild file,
        Qcow2Geometry geometry,
        RefcountStore store,
        RefcountGrowth growth,
        MetadataCache l2Cache,
        FreedClusters freed,
        CorruptionReporter corruption)
    {
        _file = file;
        _geometry = geometry;
        _store = store;
        _growth = growth;
        _l2Cache = l2Cache;
        _freed = freed;
        _corruption = corruption;
        store.ClusterFreed += OnClusterFreed;
        freed.Released += first => _firstCandidate = Math.Min(_firstCandidate, first);
        l2Cache.Flushed += freed.OnTablesStable;
    }

    /// <summary>Allocates neighbouring clusters.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isFlushNext">
    /// Whether the caller makes all tables stable next: what that would fail with fails the allocation, if it happens here already.
    /// </param>
    /// <returns>The host offset of the first.</returns>
    public async ValueTask<long> AllocateAsync(long count, bool isFlushNext = false)
    {
        await TryReleaseFreedAsync(isFlushNext);
        await _file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterAlloc);
        long first = await ScanAsync(_firstCandidate, count);
        await PassHeldAsync(first, count);
        _firstCandidate = await ReserveAsync(first, count);
        await _store.IncreaseAsync(first, count);
        return first << _geometry.ClusterBits;
    }

    /// <summary>Counts the first clusters of a new image as its own, whether they are counted already or not.</summary>
    /// <param name="count">How many.</param>
    public async ValueTask ClaimAsync(int count)
    {
        await _file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterAlloc);
        await _store.ClaimAsync(count);
    }

    /// <summary>Allocates clusters at a given place, as far as they are free.</summary>
    /// <param name="offset">Host offset of the first.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>How many were allocated.</returns>
    public async ValueTask<long> AllocateAtAsync(long offset, long count)
    {
        long first = offset >> _geometry.ClusterBits;
        long free = 0;
        if (_freed.Holds(first))
        {
            await TryReleaseFreedAsync();
        }

        while (true)
        {
            while (free < count && !_freed.Holds(first + free) && await _store.GetAsync(first + free) == 0)
            {
                free++;
            }

            if (FirstUncounted(first, free) is not { } uncounted)
            {
                break;
            }

            // The block that is missing may come to lie within the area: what is free there is looked at again.
            _firstCandidate = await MakeBlockAsync(first, uncounted, _firstCandidate);
            free = 0;
        }

        if (free != 0)
        {
            await ReserveAsync(first, free);
            await _store.IncreaseAsync(first, free);
        }

        return free;
    }

    private long? FirstUncounted(long first, long count)
    {
        for (long cluster = first; cluster < first + count; cluster = ((cluster >> _geometry.RefcountBlockBits) + 1) << _geometry.RefcountBlockBits)
        {
            if (!_store.HasBlock(cluster >> _geometry.RefcountBlockBits))
            {
                return cluster;
            }
        }

        return null;
    }

    /// <summary>Makes the block that counts a cluster. Those of the same area in front of it are counted meanwhile, as in QEMU.</summary>
    private async ValueTask<long> MakeBlockAsync(long first, long uncounted, long from)
    {
        long before = uncounted - first;
        await _store.IncreaseAsync(first, before);
        try
        {
            return await _growth.EnsureBlockAsync(uncounted, FindFreeFromAsync, from);
        }
        finally
        {
            await _store.TakeBackAsync(first, before);
        }
    }

    /// <summary>Allocates room for compressed data, which shares clusters with other compressed data.</summary>
    /// <param name="size">How many bytes, at most a cluster.</param>
    /// <returns>The host offset.</returns>
    public async ValueTask<long> AllocateBytesAsync(int size)
    {
        await TryReleaseFreedAsync();
        await _file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterAllocBytes);
        long start = await CanContinueAsync() ? _byteOffset : 0;
        int room = start == 0 ? 0 : _geometry.ClusterSize - _geometry.OffsetIntoCluster(start);
        if (room < size)
        {
            long fresh = await ScanAsync(_firstCandidate, 1);
            _firstCandidate = await ReserveAsync(fresh, 1);
            if (start == 0 || _geometry.AlignUp(start) != fresh << _geometry.ClusterBits)
            {
                start = fresh << _geometry.ClusterBits;
            }
        }

        if ((ulong)(start + size) > _geometry.CompressedOffsetMask)
        {
            throw new BlockIOException(Errno.EFBIG);
        }

        long firstCluster = start >> _geometry.ClusterBits;
        long lastCluster = (start + size - 1) >> _geometry.ClusterBits;
        while (FirstUncounted(firstCluster, lastCluster - firstCluster + 1) is { } uncounted)
        {
            // A cluster that is filled on was freed, and its block has gone with the end of the disk since.
            await _growth.EnsureBlockAsync(uncounted, FindFreeFromAsync, Math.Max(_firstCandidate, lastCluster + 1));
        }

        await _store.IncreaseAsync(firstCluster, lastCluster - firstCluster + 1);
        _byteOffset = _geometry.IsAligned(start + size) ? 0 : start + size;
        _isByteClusterFreed = false;
        return start;
    }

    // As in QEMU, also in a cluster that has been freed since; but not in one that has become somebody else's, as QEMU would.
    private async ValueTask<bool> CanContinueAsync()
    {
        if (_byteOffset == 0)
        {
            return false;
        }

        long cluster = _byteOffset >> _geometry.ClusterBits;
        ulong count = await _store.GetAsync(cluster);
        return _isByteClusterFreed ? count == 0 && !_freed.Holds(cluster) : count != _geometry.RefcountMax;
    }

    /// <summary>Finds the cluster behind the last one that is in use.</summary>
    /// <exception cref="ImageCorruptException">None is in use.</exception>
    public async ValueTask<long> FindEndAsync()
    {
        // What was allocated lately may not have been written yet.
        long cluster = Math.Max(_geometry.ClustersFor(_file.Node.Length), _store.HighestCounted + 1);
        while (cluster > 0 && await _store.GetAsync(cluster - 1) == 0)
        {
            cluster--;
        }

        return cluster != 0 ? cluster : throw new ImageCorruptException("There are no references in the refcount table.");
    }

    /// <summary>Makes what is missing to count so many clusters behind all that are in use, so that they can follow one another.</summary>
    /// <param name="from">The cluster behind the last that is in use.</param>
    /// <param name="count">How many.</param>
    /// <returns>The host offset from which on they are free.</returns>
    public async ValueTask<long> MakeRoomAsync(long from, long count)
    {
        long first = await _growth.MakeAreaAsync(from, count);
        _freed.Advance();
        return first << _geometry.ClusterBits;
    }

    /// <summary>Adds a reference to each cluster that an area touches.</summary>
    /// <param name="offset">Host offset in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <exception cref="BlockIOException">EINVAL: a count would not fit; none is changed then.</exception>
    public async ValueTask ShareAsync(long offset, long bytes)
    {
        long first = offset >> _geometry.ClusterBits;
        long count = ((offset + bytes - 1) >> _geometry.ClusterBits) - first + 1;
        await EnsureCountedAsync(first, count);
        await _store.IncreaseAsync(first, count);
    }

    /// <summary>Drops a reference to each cluster that an area touches, like <see cref="FreeAsync"/>, but says what fails.</summary>
    /// <param name="offset">Host offset in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    /// <exception cref="BlockIOException">EINVAL: there was no reference; clusters before that one are counted.</exception>
    public async ValueTask UnshareAsync(long offset, long bytes, HostDiscard discard)
    {
        long first = offset >> _geometry.ClusterBits;
        long count = ((offset + bytes - 1) >> _geometry.ClusterBits) - first + 1;
        await EnsureCountedAsync(first, count);
        try
        {
            await _store.DecreaseAsync(first, count, discard);
        }
        finally
        {
            _freed.Advance();
        }
    }

    /// <summary>Drops a reference to each cluster that an area touches; those without references become free.</summary>
    /// <param name="offset">Host offset in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    /// <remarks>
    /// A count that cannot be changed leaves a leak, which is no harm to data and no reason to fail a request; a table
    /// that contradicts itself is reported nevertheless.
    /// </remarks>
    public ValueTask FreeAsync(long offset, long bytes, HostDiscard discard) => DropAsync(offset, bytes, discard, isUnused: false);

    /// <summary>Takes back clusters that were allocated and that no table came to refer to.</summary>
    /// <param name="offset">Host offset in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    public ValueTask AbandonAsync(long offset, long bytes, HostDiscard discard = HostDiscard.Never)
        => DropAsync(offset, bytes, discard, isUnused: true);

    /// <summary>Like <see cref="FreeAsync"/>, once what refers to the clusters in the file no more has become stable.</summary>
    /// <param name="offset">Host offset in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="discard">Whether the image file is told of clusters that become free.</param>
    public void FreeWhenStable(long offset, long bytes, HostDiscard discard)
    {
        long first = offset >> _geometry.ClusterBits;
        _unordered.Add((first, ((offset + bytes - 1) >> _geometry.ClusterBits) - first + 1, discard));
    }

    /// <summary>Whether there are freed clusters that are counted still.</summary>
    public bool HasUnordered => _unordered.Count != 0;

    /// <summary>Frees what could not be freed before. The L2 tables in the file are those in memory.</summary>
    public async ValueTask FreeUnorderedAsync()
    {
        foreach ((long first, long count, HostDiscard discard) in _unordered)
        {
            await TryDecreaseAsync(first, count, discard);
        }

        _unordered.Clear();
    }

    private async ValueTask DropAsync(long offset, long bytes, HostDiscard discard, bool isUnused)
    {
        await _file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterFree);
        if (bytes == 0)
        {
            // A table that was empty.
            return;
        }

        long first = offset >> _geometry.ClusterBits;
        long last = (offset + bytes - 1) >> _geometry.ClusterBits;
        bool isOrdered = false;
        if (await _corruption.AttemptAsync(async () => isOrdered = await _store.TryOrderAsync()) is { } error)
        {
            _store.TellLeak(error);
        }
        else if (isOrdered || isUnused)
        {
            await TryDecreaseAsync(first, last - first + 1, discard, isUnused);
        }
        else
        {
            FreeWhenStable(offset, bytes, discard);
        }
    }

    private async ValueTask TryDecreaseAsync(long first, long count, HostDiscard discard, bool isUnused = false)
    {
        try
        {
            await EnsureCountedAsync(first, count);
            await _store.DecreaseInOrderAsync(first, count, discard, isUnused);
        }
        catch (BlockIOException e)
        {
            _store.TellLeak(e.Errno);
        }
        catch (ImageCorruptException e)
        {
            await _corruption.ReportFatalAsync(e);
            _store.TellLeak(Errno.EIO);
        }

        _freed.Advance();
    }

    /// <summary>
    /// Sees to it that clusters to which a table refers are counted at all. In a sound image they are; in another one QEMU makes the
    /// block, and whatever was to be done fails.
    /// </summary>
    /// <exception cref="BlockIOException">EAGAIN: a block has been made.</exception>
    private async ValueTask EnsureCountedAsync(long first, long count)
    {
        if (FirstUncounted(first, count) is { } uncounted)
        {
            _firstCandidate = await _growth.EnsureBlockAsync(uncounted, FindFreeFromAsync, _firstCandidate);
            throw new BlockIOException(Errno.EAGAIN);
        }
    }

    /// <summary>Makes sure that free clusters can be counted, and that nobody else is given them meanwhile.</summary>
    /// <returns>The first cluster behind them that is not spoken for.</returns>
    private async ValueTask<long> ReserveAsync(long first, long count)
    {
        long end = first + count;
        if (end > MaxHostOffset >> _geometry.ClusterBits)
        {
            throw new BlockIOException(Errno.EFBIG);
        }

        long from = end;
        long cluster = first;
        while (cluster < end)
        {
            if (!_store.HasBlock(cluster >> _geometry.RefcountBlockBits))
            {
                from = await MakeBlockAsync(first, cluster, from);
            }

            cluster = ((cluster >> _geometry.RefcountBlockBits) + 1) << _geometry.RefcountBlockBits;
        }

        return from;
    }

    /// <summary>
    /// Makes freed clusters available, but for those that requests under way may still use. Where that fails they stay held
    /// back: whoever allocates takes others.
    /// </summary>
    private async ValueTask TryReleaseFreedAsync(bool isFlushNext = false)
    {
        if (!_freed.WantsStableTables && !_freed.HasDiscards)
        {
            return;
        }

        try
        {
            if (_freed.WantsStableTables)
            {
                await _l2Cache.FlushAsync();
            }

            await _freed.DiscardAsync(_file);
        }
        catch (BlockIOException) when (!isFlushNext)
        {
            // The tables are as dirty as before: the next flush says so to somebody who wants it.
        }
    }

    /// <summary>
    /// QEMU looks for clusters from the lowest that was freed on, and never returns to places that were too small. Clusters that are held
    /// back are looked at as if they were free, so that what is allocated later lies where QEMU puts it.
    /// </summary>
    private async ValueTask PassHeldAsync(long first, long count)
    {
        if (_freed.LowestToReturnTo is { } lowest && lowest < first
            && await ScanAsync(Math.Min(lowest, _firstCandidate), count, withHeld: true) == first)
        {
            _freed.Pass(first);
        }
    }

    private ValueTask<long> FindFreeFromAsync(long from) => ScanAsync(from, 1);

    /// <summary>Finds neighbouring free clusters at or behind a place; those without a refcount block are free.</summary>
    private async ValueTask<long> ScanAsync(long from, long count, bool withHeld = false)
    {
        long start = from;
        long cluster = from;
        while (cluster - start < count && cluster < _store.UsedClusters)
        {
            long block = cluster >> _geometry.RefcountBlockBits;
            if (!_store.HasBlock(block))
            {
                cluster = (block + 1) << _geometry.RefcountBlockBits;
                continue;
            }

            CachedTable table = await _store.GetBlockAsync(block);
            ScanBlock(table.Data, block << _geometry.RefcountBlockBits, count, withHeld, ref start, ref cluster);
        }

        return start;
    }

    private void ScanBlock(byte[] block, long blockStart, long count, bool withHeld, ref long start, ref long cluster)
    {
        int entries = _geometry.RefcountBlockEntries;
        int index = (int)(cluster - blockStart);
        while (index < entries && blockStart + index - start < count)
        {
            int used = _store.Codec.IndexOfUsed(block, index, (int)Math.Min(entries, start + count - blockStart));
            used = withHeld ? used : FirstHeld(blockStart, index, used);
            index = used;
            if (blockStart + index - start < count && index < entries)
            {
                // The run ends here: the next one starts behind what is in use.
                index = _store.Codec.IndexOfZero(block, index + (!withHeld && _freed.Holds(blockStart + index) ? 1 : 0), entries);
                start = blockStart + index;
            }
        }

        cluster = blockStart + index;
    }

    private int FirstHeld(long blockStart, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (_freed.Holds(blockStart + i))
            {
                return i;
            }
        }

        return to;
    }

    private void OnClusterFreed(long cluster, HostDiscard discard, bool isUnused)
    {
        if (_byteOffset >> _geometry.ClusterBits == cluster)
        {
            _isByteClusterFreed = true;
        }

        _freed.Add(cluster, discard, isUnused);
    }
}
