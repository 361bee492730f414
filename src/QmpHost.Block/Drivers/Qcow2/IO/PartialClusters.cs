using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Writes to parts of clusters that get another host cluster: what was there before goes along.</summary>
internal sealed class PartialClusters(
    BlockNode node, BlockChild file, BlockChild dataFile, ClusterMap map, GuestReader reader, HoleDetector holes, GuestCipher? cipher)
{
    // Up to here the two ends are read in one go, together with what is about to be overwritten.
    private const int MaxMergedRead = 16 * 1024;

    // Up to here the ends and the data are brought together for one write.
    private const int MaxMergedWrite = 4 << 20;

    private bool _zeroesSupported = true;

    /// <summary>If the surroundings of the data read as zeroes, makes the host clusters zero instead of copying.</summary>
    /// <returns>False if the surroundings must be copied.</returns>
    public async ValueTask<bool> TryZeroAroundAsync(PendingAllocation allocation)
    {
        // What lies behind the end of the disk is not known to be zero.
        // The data may go over subclusters that are in use: until it is written, what they hold must stay.
        bool mayHoldData = allocation.KeepsHost && map.HasSubclusters;
        if (!_zeroesSupported
            || cipher is not null
            || mayHoldData
            || allocation.CopyEnd > Math.Max(node.Length, allocation.DataEnd)
            || !await ReadsAsZeroAsync(allocation.CopyStart, allocation.DataStart)
            || !await ReadsAsZeroAsync(allocation.DataEnd, allocation.CopyEnd))
        {
            return false;
        }

        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ClusterAllocSpace);
        try
        {
            long start = allocation.HostOf(allocation.CopyStart);
            await dataFile.WriteZeroesAsync(start, allocation.CopyEnd - allocation.CopyStart, RequestFlags.NoFallback);
            return true;
        }
        catch (BlockIOException e) when (e.Errno == Errno.ENOTSUP)
        {
            _zeroesSupported = false;
            return false;
        }
        catch (BlockIOException e) when (e.Errno == Errno.EAGAIN)
        {
            return false;
        }
    }

    /// <summary>Writes the data and copies what surrounds it.</summary>
    public async ValueTask WriteWithCopiesAsync(PendingAllocation allocation, WrittenData data)
    {
        long total = allocation.CopyEnd - allocation.CopyStart;
        if (total > MaxMergedWrite || data.InMemory is not { } bytes)
        {
            await CopyAroundAsync(allocation);
            long host = allocation.HostOf(allocation.DataStart);
            await (cipher is null
                ? data.WriteAsync(file, dataFile, host)
                : cipher.WriteAsync(file, dataFile, host, allocation.DataStart, data.InMemory!.Value));
            return;
        }

        byte[] merged = ArrayPool<byte>.Shared.Rent((int)total);
        try
        {
            Memory<byte> whole = merged.AsMemory(0, (int)total);
            await ReadAroundAsync(allocation, whole, data.Length);
            bytes.CopyTo(whole[(int)(allocation.DataStart - allocation.CopyStart)..]);
            cipher?.Encrypt(allocation.HostOf(allocation.CopyStart), allocation.CopyStart, whole.Span);
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.WriteAio);
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.CowWrite);
            await dataFile.WriteAsync(allocation.HostOf(allocation.CopyStart), whole);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(merged);
        }
    }

    /// <summary>Copies what surrounds data that is written by itself.</summary>
    public async ValueTask CopyAroundAsync(PendingAllocation allocation)
    {
        await CopyAsync(allocation, allocation.CopyStart, allocation.DataStart);
        await CopyAsync(allocation, allocation.DataEnd, allocation.CopyEnd);
    }

    private async ValueTask ReadAroundAsync(PendingAllocation allocation, Memory<byte> whole, int dataLength)
    {
        int head = (int)(allocation.DataStart - allocation.CopyStart);
        int tail = (int)(allocation.CopyEnd - allocation.DataEnd);
        if (head != 0 && tail != 0 && dataLength <= MaxMergedRead)
        {
            await ReadOldAsync(allocation.CopyStart, whole);
            return;
        }

        if (head != 0)
        {
            await ReadOldAsync(allocation.CopyStart, whole[..head]);
        }

        if (tail != 0)
        {
            await ReadOldAsync(allocation.DataEnd, whole[^tail..]);
        }
    }

    private async ValueTask CopyAsync(PendingAllocation allocation, long start, long end)
    {
        if (start == end)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)(end - start));
        try
        {
            Memory<byte> part = buffer.AsMemory(0, (int)(end - start));
            await ReadOldAsync(start, part);
            cipher?.Encrypt(allocation.HostOf(start), start, part.Span);
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.CowWrite);
            await dataFile.WriteAsync(allocation.HostOf(start), part);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask ReadOldAsync(long start, Memory<byte> buffer)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.CowRead);
        await reader.ReadAsync(start, buffer);
    }

    private async ValueTask<bool> ReadsAsZeroAsync(long start, long end)
    {
        while (start < end)
        {
            await holes.DetectAsync();
            MappedExtent extent = await map.MapAsync(start, end - start);
            bool isZero = extent.Kind switch
            {
                SubclusterKind.ZeroPlain or SubclusterKind.ZeroAllocated => true,
                SubclusterKind.UnallocatedPlain or SubclusterKind.UnallocatedAllocated
                    => await BackingReadsAsZeroAsync(start, extent.Length),
                _ => false,
            };
            if (!isZero)
            {
                return false;
            }

            start += extent.Length;
        }

        return true;
    }

    /// <summary>Whether an area of the backing chain reads as zeroes, as far as that can be told cheaply.</summary>
    public async ValueTask<bool> BackingReadsAsZeroAsync(long start, long bytes)
    {
        if (node.Backing is not { } backing)
        {
            return true;
        }

        while (bytes > 0)
        {
            if (start >= backing.Node.Length)
            {
                return true;
            }

            (BlockStatus status, _) = await backing.Node.GetBlockStatusAboveAsync(null, wantZero: false, start, bytes);
            if ((status.Flags & BlockStatusFlags.Zero) == 0 || status.Bytes == 0)
            {
                return false;
            }

            start += status.Bytes;
            bytes -= status.Bytes;
        }

        return true;
    }
}
