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

        long hostEnd = 0;
        await ResizeStep.DoAsync(image, "Allocating clusters failed", async () => hostEnd = await LinkAsync(start, end, mode));
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

    private async ValueTask<long> LinkAsync(long start, long end, PreallocMode mode)
    {
        long fileEnd = image.DataFile.Node.Length;
        long hostEnd = 0;
        while (start < end)
        {
            WriteRun run = await image.Planner.PlanAsync(start, (int)Math.Min(MaxRun, end - start));
            start += run.Length;
            hostEnd = Math.Max(hostEnd, run.HostOffset + run.Length);
            if (run.Allocation is not { } allocation)
            {
                continue;
            }

            try
            {
                await ClearAsync(allocation, fileEnd, mode);
                await image.Partial.CopyAroundAsync(allocation);
            }
            catch
            {
                await image.Linker.AbandonAsync(allocation, image.ExternalDataFile is not null);
                throw;
            }

            allocation.IsPreallocation = true;
            await image.Linker.LinkAsync(allocation);
        }

        return hostEnd;
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
