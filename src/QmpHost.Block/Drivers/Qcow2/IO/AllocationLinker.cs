using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Enters finished allocations into the L2 tables, and takes failed ones back.</summary>
internal sealed class AllocationLinker(
    Qcow2Geometry geometry,
    L2EntryFormat format,
    L2Tables tables,
    TableOrder order,
    ClusterAllocator allocator,
    ClusterReleaser releaser,
    PendingAllocations pending,
    AsyncLock metadataLock)
{
    /// <summary>Lets the tables point to clusters whose data has been written, and frees those that it replaces.</summary>
    public async ValueTask LinkAsync(PendingAllocation allocation)
    {
        using (await metadataLock.EnterAsync())
        {
            try
            {
                await LinkLockedAsync(allocation);
            }
            finally
            {
                pending.Complete(allocation);
            }
        }
    }

    /// <summary>Gives clusters of several allocations back whose data could not be written.</summary>
    public async ValueTask AbandonAsync(IEnumerable<PendingAllocation> allocations, bool hasDataFile)
    {
        foreach (PendingAllocation allocation in allocations)
        {
            await AbandonAsync(allocation, hasDataFile);
        }
    }

    /// <summary>Gives clusters back whose data could not be written.</summary>
    public async ValueTask AbandonAsync(PendingAllocation allocation, bool hasDataFile)
    {
        using (await metadataLock.EnterAsync())
        {
            try
            {
                if (!allocation.KeepsHost && !hasDataFile)
                {
                    await allocator.AbandonAsync(allocation.HostStart, allocation.GuestEnd - allocation.GuestStart);
                }
            }
            finally
            {
                pending.Complete(allocation);
            }
        }
    }

    private async ValueTask LinkLockedAsync(PendingAllocation allocation)
    {
        await order.BeforeLinkAsync();
        if (allocation.Copies && !allocation.IsPreallocation)
        {
            order.RequireStableData();
        }

        order.RequireStableDataFile();
        CachedTable slice = await tables.GetSliceForWriteAsync(allocation.GuestStart);
        List<L2Entry>? replaced = UpdateSlice(slice, allocation);
        tables.MarkDirty(slice);
        if (replaced is not null)
        {
            foreach (L2Entry entry in replaced)
            {
                await releaser.ReleaseAsync(entry, HostDiscard.Never);
            }
        }
    }

    private List<L2Entry>? UpdateSlice(CachedTable slice, PendingAllocation allocation)
    {
        List<L2Entry>? replaced = null;
        int index = tables.SliceIndex(allocation.GuestStart);
        for (long guest = allocation.GuestStart; guest < allocation.GuestEnd; guest += geometry.ClusterSize, index++)
        {
            L2Entry old = format.Read(slice.Data, index);
            ClusterKind kind = format.KindOf(old);
            if (!allocation.KeepsHost && kind is (ClusterKind.Normal or ClusterKind.ZeroAllocated or ClusterKind.Compressed))
            {
                (replaced ??= []).Add(old);
            }

            ulong descriptor = (ulong)allocation.HostOf(guest) | L2Entry.Copied;
            format.Write(slice.Data, index, new L2Entry(descriptor, Bitmap(old, allocation, guest)));
        }

        return replaced;
    }

    private ulong Bitmap(L2Entry old, PendingAllocation allocation, long guest)
    {
        if (!geometry.HasSubclusters)
        {
            return 0;
        }

        if (allocation.IsPreallocation && !old.IsCompressed)
        {
            return old.Bitmap;
        }

        int start = (int)Math.Max(0, allocation.CopyStart - guest);
        int end = (int)Math.Min(geometry.ClusterSize, allocation.CopyEnd - guest);
        uint written = start < end ? SubclusterMask.Of(geometry, start, end) : 0;
        L2Entry kept = old.IsCompressed ? default : old;
        return L2Entry.MakeBitmap(kept.AllocatedMask | written, kept.ZeroMask & ~written);
    }
}
