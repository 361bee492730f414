using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Decides where written data goes: in place, to a host cluster kept for it, or to newly allocated clusters.</summary>
internal sealed class WritePlanner(
    Qcow2Geometry geometry,
    L2EntryFormat format,
    L2Tables tables,
    ClusterAllocator allocator,
    PendingAllocations pending,
    AsyncLock metadataLock,
    bool hasDataFile)
{
    /// <summary>Finds a place for the start of an area. Waits while another request allocates the same clusters.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <returns>The part at the start that goes to one place.</returns>
    public async ValueTask<WriteRun> PlanAsync(long offset, int length)
    {
        (AsyncLock.Releaser entered, long bytes) = await EnterAsync(offset, length);
        using (entered)
        {
            return (await PlanLockedAsync(offset, bytes, null))!.Value;
        }
    }

    /// <summary>
    /// Finds places for the start of an area as long as they follow one another on the host, so that all is written as one. What must be
    /// allocated goes behind the rest as far as there is room. Waits like <see cref="PlanAsync"/>.
    /// </summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="runs">Takes the parts in order, also those before one that fails.</param>
    public async ValueTask PlanGroupAsync(long offset, int length, List<WriteRun> runs)
    {
        (AsyncLock.Releaser entered, long bytes) = await EnterAsync(offset, length);
        using (entered)
        {
            WriteRun first = (await PlanLockedAsync(offset, bytes, null))!.Value;
            runs.Add(first);
            await PlanBehindAsync(offset, length, first, runs);
        }
    }

    /// <summary>Enters the lock once no other request allocates the first clusters of an area.</summary>
    /// <returns>What leaves it, and how many bytes of the area come before clusters that another request allocates.</returns>
    private async ValueTask<(AsyncLock.Releaser Entered, long Bytes)> EnterAsync(long offset, int length)
    {
        while (true)
        {
            AsyncLock.Releaser entered = await metadataLock.EnterAsync();
            long end = geometry.AlignUp(offset + length);
            if (pending.Find(geometry.ClusterStart(offset), ref end) is not { } blocker)
            {
                return (entered, Math.Min(length, end - offset));
            }

            entered.Dispose();
            await blocker.WhenDone;
        }
    }

    // Under the same lock: nobody enters what has been written meanwhile into tables that are made here.
    private async ValueTask PlanBehindAsync(long offset, int length, WriteRun first, List<WriteRun> runs)
    {
        int planned = first.Length;
        while (planned < length)
        {
            long start = offset + planned;
            long end = geometry.AlignUp(offset + length);
            if (pending.Find(start, ref end) is not null
                || await PlanLockedAsync(start, Math.Min(length - planned, end - start), first.HostOffset + planned) is not { } next)
            {
                return;
            }

            runs.Add(next);
            planned += next.Length;
        }
    }

    private async ValueTask<WriteRun?> PlanLockedAsync(long offset, long bytes, long? host)
    {
        CachedTable slice = await tables.GetSliceForWriteAsync(offset);
        bytes = Math.Min(bytes, tables.SliceEnd(offset) - offset);
        int index = tables.SliceIndex(offset);
        L2Entry first = format.Read(slice.Data, index);
        CheckFirst(first, offset, index);

        bool keepsHost = CanKeepHost(first);
        bool inPlace = keepsHost && IsInPlace(first, geometry.OffsetIntoCluster(offset), bytes);
        long length = MeasureRun(slice.Data, index, offset, bytes, keepsHost, inPlace);
        long hostStart = first.HostOffset;
        if (keepsHost && host is { } wanted && hostStart != wanted)
        {
            return null;
        }

        if (inPlace)
        {
            return new WriteRun(hostStart + geometry.OffsetIntoCluster(offset), (int)length, null);
        }

        if (!keepsHost)
        {
            (hostStart, length) = await AllocateAsync(offset, length, host);
            if (length == 0)
            {
                return null;
            }
        }

        L2Entry last = format.Read(slice.Data, tables.SliceIndex(offset + length - 1));
        PendingAllocation allocation = Describe(offset, length, hostStart, keepsHost, first, last);
        pending.Add(allocation);
        return new WriteRun(allocation.HostOf(offset), (int)length, allocation);
    }

    private async ValueTask<(long HostStart, long Length)> AllocateAsync(long offset, long length, long? host)
    {
        if (hasDataFile)
        {
            return (geometry.ClusterStart(offset), length);
        }

        long count = geometry.ClustersFor(geometry.OffsetIntoCluster(offset) + length);
        return host is { } place
            ? (place, Math.Min(length, await allocator.AllocateAtAsync(place, count) * geometry.ClusterSize))
            : (await allocator.AllocateAsync(count), length);
    }

    private PendingAllocation Describe(long offset, long length, long hostStart, bool keepsHost, L2Entry first, L2Entry last)
    {
        long end = offset + length;
        long lastCluster = geometry.ClusterStart(end - 1);
        return new PendingAllocation
        {
            GuestStart = geometry.ClusterStart(offset),
            GuestEnd = lastCluster + geometry.ClusterSize,
            HostStart = hostStart,
            KeepsHost = keepsHost,
            CopyStart = geometry.ClusterStart(offset)
                + CowRange.Start(geometry, format, first, keepsHost, geometry.OffsetIntoCluster(offset)),
            DataStart = offset,
            DataEnd = end,
            CopyEnd = lastCluster + CowRange.End(geometry, format, last, keepsHost, (int)(end - lastCluster)),
        };
    }

    /// <summary>How far the kind of the first cluster reaches, for kept host clusters as long as they follow one another.</summary>
    private long MeasureRun(byte[] slice, int index, long offset, long bytes, bool keepsHost, bool inPlace)
    {
        long covered = geometry.ClusterSize - geometry.OffsetIntoCluster(offset);
        long host = format.Read(slice, index).HostOffset;
        while (covered < bytes)
        {
            L2Entry entry = format.Read(slice, ++index);
            host += geometry.ClusterSize;
            bool sameKind = CanKeepHost(entry) == keepsHost
                && (!keepsHost || (entry.HostOffset == host && IsInPlace(entry, 0, bytes - covered) == inPlace));
            if (!sameKind)
            {
                break;
            }

            covered += geometry.ClusterSize;
        }

        return Math.Min(covered, bytes);
    }

    private bool CanKeepHost(L2Entry entry)
        => entry.IsCopied && format.KindOf(entry) is (ClusterKind.Normal or ClusterKind.ZeroAllocated);

    /// <summary>Whether a write within a cluster whose host cluster is kept changes nothing in the tables.</summary>
    private bool IsInPlace(L2Entry entry, int start, long bytes)
    {
        if (!geometry.HasSubclusters)
        {
            return format.KindOf(entry) == ClusterKind.Normal;
        }

        int last = (int)Math.Min(start + bytes, geometry.ClusterSize) - 1;
        uint mask = SubclusterMask.Of(geometry, start, last + 1);
        return (entry.AllocatedMask & mask) == mask;
    }

    private void CheckFirst(L2Entry entry, long offset, int index)
    {
        if (format.KindOf(entry, geometry.SubclusterIndex(offset)) == SubclusterKind.Invalid)
        {
            throw new ImageCorruptException(
                $"Invalid cluster entry found (L2 offset: {ImageCorruptException.Hex(tables.TableOffset(offset))}, "
                + $"L2 index: {ImageCorruptException.Hex(index)})");
        }

        if (CanKeepHost(entry) && !geometry.IsAligned(entry.HostOffset))
        {
            string kind = format.KindOf(entry) == ClusterKind.ZeroAllocated ? "Preallocated zero" : "Data";
            throw new ImageCorruptException(
                $"{kind} cluster offset {ImageCorruptException.Hex(entry.HostOffset)} unaligned "
                + $"(guest offset: {ImageCorruptException.Hex(geometry.ClusterStart(offset))})");
        }
    }
}
