using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>
/// Gives space in one piece at the end of the image file to a part of the disk: first what counts it, then the space, then the tables.
/// </summary>
internal sealed class SpacePreallocator(Qcow2Image image)
{
    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Allocates all clusters of a part of the disk, also one that begins before it, which gets another place.</summary>
    /// <param name="start">Start in bytes.</param>
    /// <param name="end">End in bytes.</param>
    /// <param name="mode">Whether space or written data is made.</param>
    /// <exception cref="QmpException">It cannot be done.</exception>
    public async ValueTask AllocateAsync(long start, long end, PreallocMode mode)
    {
        long count = (Geometry.AlignUp(end) - Geometry.ClusterStart(start)) >> Geometry.ClusterBits;
        long host;

        // Nobody else may allocate clusters from when the end is found until there is space up to the new one.
        using (await image.Lock.EnterAsync())
        {
            host = await ReserveAsync(count);
            await MakeSpaceAsync(host, count, mode);
        }

        await ResizeStep.DoAsync(image, "Failed to update L2 tables", () => LinkAsync(start, Geometry.AlignUp(end), host));
    }

    private long TablesFor(long clusters) => (clusters + Geometry.L2Entries - 1) >> Geometry.L2Bits;

    private async ValueTask<long> ReserveAsync(long count)
    {
        long from = 0;
        await ResizeStep.DoAsync(image, "Failed to find the last cluster", async () => from = await image.Allocator.FindEndAsync());
        long host = 0;
        await ResizeStep.DoAsync(
            image,
            "Failed to resize refcount structures",
            async () => host = await image.Allocator.MakeRoomAsync(from, count + TablesFor(count)));
        await ResizeStep.DoAsync(image, "Failed to allocate data clusters", async () =>
        {
            long reserved = await image.Allocator.AllocateAtAsync(host, count);
            if (reserved != count)
            {
                await AbandonAsync(host, reserved << Geometry.ClusterBits);
                throw new BlockIOException(Errno.EIO);
            }
        });
        return host;
    }

    private async ValueTask MakeSpaceAsync(long host, long count, PreallocMode mode)
    {
        long end = host + (count << Geometry.ClusterBits);
        try
        {
            if (image.File.Node.Length > host && image.File.Node.Length <= end)
            {
                // What lies behind the last cluster in use would be seen as the disk's: QEMU leaves it there.
                await image.File.TruncateAsync(host, exact: false);
            }

            await image.File.TruncateAsync(end, exact: false, mode);
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            await AbandonAsync(host, count << Geometry.ClusterBits);
            throw new QmpException($"Failed to resize underlying file: {e.Message}", e);
        }
    }

    private async ValueTask LinkAsync(long start, long end, long host)
    {
        while (start < end)
        {
            PendingAllocation allocation = await NextAsync(start, end, host);
            try
            {
                await CopyAsync(allocation);
                await image.Linker.LinkAsync(allocation);
            }
            catch
            {
                await GiveBackAsync(host, end - Geometry.ClusterStart(start));
                throw;
            }

            start = allocation.GuestEnd;
            host += allocation.GuestEnd - allocation.GuestStart;
        }
    }

    // What a cluster in use held up to the old end of the disk is copied.
    private async ValueTask<PendingAllocation> NextAsync(long start, long end, long host)
    {
        var allocation = new PendingAllocation
        {
            GuestStart = Geometry.ClusterStart(start),
            GuestEnd = Math.Min(end, image.Tables.SliceEnd(start)),
            HostStart = host,
            KeepsHost = false,
            CopyStart = Geometry.ClusterStart(start),
            DataStart = start,
            DataEnd = start,
            CopyEnd = start,
            IsPreallocation = true,
        };
        using (await image.Lock.EnterAsync())
        {
            image.Pending.Add(allocation);
        }

        return allocation;
    }

    private async ValueTask CopyAsync(PendingAllocation allocation)
    {
        try
        {
            await image.Partial.CopyAroundAsync(allocation);
        }
        catch
        {
            using (await image.Lock.EnterAsync())
            {
                image.Pending.Complete(allocation);
            }

            throw;
        }
    }

    private async ValueTask GiveBackAsync(long host, long bytes)
    {
        using (await image.Lock.EnterAsync())
        {
            await AbandonAsync(host, bytes);
        }
    }

    private ValueTask AbandonAsync(long host, long bytes) => bytes != 0 ? image.Allocator.AbandonAsync(host, bytes) : ValueTask.CompletedTask;
}
