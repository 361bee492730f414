using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>Gives clusters to a part of the disk before anything is written to it.</summary>
internal sealed class Preallocator(Qcow2Image image)
{
    private const int MaxRun = 1 << 30;

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Allocates clusters for a part of the disk.</summary>
    /// <param name="start">Start in bytes; a cluster that begins before it keeps what it holds up to there.</param>
    /// <param name="end">End in bytes.</param>
    /// <param name="mode">Whether tables, space or written data are made.</param>
    /// <exception cref="QmpException">It cannot be done.</exception>
    public async ValueTask AllocateAsync(long start, long end, PreallocMode mode)
    {
        if (mode == PreallocMode.Off)
        {
            return;
        }

        if (mode == PreallocMode.Metadata || image.ExternalDataFile is not null)
        {
            await AllocateByTablesAsync(start, end, mode);
        }
        else
        {
            await new SpacePreallocator(image).AllocateAsync(start, end, mode);
        }
    }

    private async ValueTask AllocateByTablesAsync(long start, long end, PreallocMode mode)
    {
        if (start >= end)
        {
            return;
        }

        long hostEnd = await LinkAllAsync(start, end, mode);
        try
        {
            await TruncateAsync(image.DataFile, Math.Max(hostEnd, image.DataFile.Node.Length), mode);
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            await GiveBackAsync(Geometry.AlignUp(start), end);
            throw;
        }
    }

    // No table may refer to what is not there.
    private async ValueTask GiveBackAsync(long start, long end)
    {
        try
        {
            await image.Dropper.DiscardAsync(start, Geometry.AlignUp(end), full: true, HostDiscard.Never);
        }
        catch (BlockIOException)
        {
            // What is left refers to a place behind the end of the file, and reads as zeroes.
        }
    }

    private async ValueTask<long> LinkAllAsync(long start, long end, PreallocMode mode)
    {
        long fileEnd = image.DataFile.Node.Length;
        long hostEnd = 0;
        try
        {
            while (start < end)
            {
                WriteGroup group = await PlanAsync(start, end);
                await ResizeStep.DoAsync(image, "Mapping clusters failed", () => LinkAsync([.. group.Allocations], fileEnd, mode));
                start += group.Length;
                hostEnd = Math.Max(hostEnd, group.HostOffset + group.Length);
            }
        }
        catch (QmpException) when (hostEnd > image.DataFile.Node.Length)
        {
            await TryExtendAsync(hostEnd);
            throw;
        }

        return hostEnd;
    }

    private async ValueTask<WriteGroup> PlanAsync(long start, long end)
    {
        var runs = new List<WriteRun>();
        var group = new WriteGroup(runs);
        try
        {
            await ResizeStep.DoAsync(
                image, "Allocating clusters failed", () => image.Planner.PlanGroupAsync(start, (int)Math.Min(MaxRun, end - start), runs));
            return group;
        }
        catch
        {
            await AbandonAsync(group.Allocations);
            throw;
        }
    }

    private ValueTask AbandonAsync(IEnumerable<PendingAllocation> allocations)
        => image.Linker.AbandonAsync(allocations, image.ExternalDataFile is not null);

    // To qemu-img check, a table that refers to a place behind the end of the file is wrong.
    private async ValueTask TryExtendAsync(long end)
    {
        try
        {
            await image.DataFile.TruncateAsync(end, exact: false);
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            // It reads as zeroes.
        }
    }

    private async ValueTask LinkAsync(PendingAllocation[] allocations, long fileEnd, PreallocMode mode)
    {
        int linked = 0;
        try
        {
            for (; linked < allocations.Length; linked++)
            {
                await LinkAsync(allocations[linked], fileEnd, mode);
            }
        }
        catch
        {
            await AbandonAsync(allocations.Skip(linked + 1));
            throw;
        }
    }

    private async ValueTask LinkAsync(PendingAllocation allocation, long fileEnd, PreallocMode mode)
    {
        try
        {
            await ClearAsync(allocation, fileEnd, mode);
            await image.Partial.CopyAroundAsync(allocation);
        }
        catch
        {
            await AbandonAsync([allocation]);
            throw;
        }

        allocation.IsPreallocation = true;
        await image.Linker.LinkAsync(allocation);
    }

    // Clusters below the end of the file may hold stale data; what a raw data file holds is the disk's.
    private async ValueTask ClearAsync(PendingAllocation allocation, long fileEnd, PreallocMode mode)
    {
        long start = allocation.HostOf(allocation.DataStart);
        long end = Math.Min(allocation.HostOf(allocation.DataEnd), fileEnd);
        bool mayHoldData = allocation.KeepsHost && Geometry.HasSubclusters;
        if (start < end && !mayHoldData && !image.IsDataFileRaw)
        {
            await image.DataFile.WriteZeroesAsync(start, end - start, mode == PreallocMode.Metadata ? RequestFlags.MayUnmap : RequestFlags.None);
        }
    }

    private static async ValueTask TruncateAsync(BlockChild file, long end, PreallocMode mode)
    {
        PreallocMode fileMode = mode == PreallocMode.Metadata ? PreallocMode.Off : mode;
        if (end <= file.Node.Length)
        {
            return;
        }

        try
        {
            await file.TruncateAsync(end, exact: false, fileMode);
        }
        catch (QmpException e) when (fileMode != PreallocMode.Off)
        {
            throw new QmpException($"Failed to resize underlying file: {e.Message}", e);
        }
    }
}
