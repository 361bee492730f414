using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Writes clusters in compressed form. They can only fill clusters that hold nothing yet.</summary>
internal sealed class CompressedWriter(
    BlockChild file,
    Qcow2Geometry geometry,
    L2EntryFormat format,
    CompressionMethod compression,
    L2Tables tables,
    TableOrder order,
    ClusterAllocator allocator,
    PendingAllocations pending,
    OverlapGuard overlap,
    AsyncLock metadataLock,
    GuestWriter plainWriter)
{
    /// <summary>Writes whole clusters; the last may be cut off by the end of the disk.</summary>
    /// <exception cref="BlockIOException">EINVAL: parts of clusters; EIO: a cluster holds something.</exception>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, long diskSize)
    {
        if (!geometry.IsAligned(offset) || (!geometry.IsAligned(data.Length) && offset + data.Length != diskSize))
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        PieceTasks? pieces = null;
        while (!data.IsEmpty && pieces is not { HasFailed: true })
        {
            ReadOnlyMemory<byte> part = data[..Math.Min(data.Length, geometry.ClusterSize)];
            data = data[part.Length..];
            if (data.IsEmpty && pieces is null)
            {
                await WriteClusterAsync(offset, part);
                return;
            }

            pieces ??= new PieceTasks();
            await pieces.AddAsync(WriteClusterAsync(offset, part));
            offset += part.Length;
        }

        if (pieces is not null)
        {
            await pieces.CompleteAsync();
        }
    }

    private async ValueTask WriteClusterAsync(long offset, ReadOnlyMemory<byte> part)
    {
        byte[]? compressed = await EventLoop.OffloadAsync(() => Compress(part));
        if (compressed is null)
        {
            await plainWriter.WriteAsync(offset, part);
            return;
        }

        PendingAllocation allocation = await AllocateAsync(offset, compressed.Length);
        try
        {
            await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.WriteCompressed);
            await file.WriteAsync(allocation.HostStart, compressed);
        }
        catch
        {
            await AbandonAsync(allocation, compressed.Length);
            throw;
        }

        await LinkAsync(allocation, compressed.Length);
    }

    private byte[]? Compress(ReadOnlyMemory<byte> part)
    {
        if (part.Length == geometry.ClusterSize)
        {
            return ClusterCodec.Compress(compression, part.Span);
        }

        byte[] padded = new byte[geometry.ClusterSize];
        part.CopyTo(padded);
        return ClusterCodec.Compress(compression, padded);
    }

    private async ValueTask<PendingAllocation> AllocateAsync(long offset, int length)
    {
        while (true)
        {
            PendingAllocation? blocker;
            using (await metadataLock.EnterAsync())
            {
                long end = offset + geometry.ClusterSize;
                blocker = pending.Find(offset, ref end);
                if (blocker is null)
                {
                    return await AllocateLockedAsync(offset, length);
                }
            }

            await blocker.WhenDone;
        }
    }

    private async ValueTask<PendingAllocation> AllocateLockedAsync(long offset, int length)
    {
        CachedTable slice = await tables.GetSliceForWriteAsync(offset);
        L2Entry old = format.Read(slice.Data, tables.SliceIndex(offset));
        if (old.IsCompressed || old.HostOffset != 0)
        {
            throw new BlockIOException(Errno.EIO);
        }

        long host = await allocator.AllocateBytesAsync(length);
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.L2UpdateCompressed);
        overlap.Check(MetadataSections.None, host, length);
        var allocation = new PendingAllocation
        {
            GuestStart = offset,
            GuestEnd = offset + geometry.ClusterSize,
            HostStart = host,
            KeepsHost = false,
        };
        pending.Add(allocation);
        return allocation;
    }

    private async ValueTask LinkAsync(PendingAllocation allocation, int length)
    {
        using (await metadataLock.EnterAsync())
        {
            try
            {
                await order.BeforeLinkOfCompressedAsync();
                order.RequireStableData();
                CachedTable slice = await tables.GetSliceForWriteAsync(allocation.GuestStart);
                ulong descriptor = CompressedDescriptor.Encode(geometry, allocation.HostStart, length);
                format.Write(slice.Data, tables.SliceIndex(allocation.GuestStart), new L2Entry(descriptor));
                tables.MarkDirty(slice);
            }
            finally
            {
                pending.Complete(allocation);
            }
        }
    }

    private async ValueTask AbandonAsync(PendingAllocation allocation, int length)
    {
        using (await metadataLock.EnterAsync())
        {
            try
            {
                await allocator.AbandonAsync(allocation.HostStart, length);
            }
            finally
            {
                pending.Complete(allocation);
            }
        }
    }
}
