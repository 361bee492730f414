using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Writes zeroes without writing data, where the format can.</summary>
internal sealed class ZeroWriter(
    BlockNode node,
    Qcow2Geometry geometry,
    ClusterMap map,
    ClusterDropper dropper,
    PartialClusters partial,
    HoleDetector holes,
    CorruptionReporter corruption,
    BlockChild? rawDataFile)
{
    /// <summary>Makes an area read as zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes; an area that is not aligned to subclusters lies in one subcluster.</param>
    /// <param name="unmap">Whether host clusters are given up.</param>
    /// <exception cref="BlockIOException">ENOTSUP: it must be written as data.</exception>
    public async ValueTask WriteAsync(long offset, long bytes, bool unmap)
    {
        long mask = geometry.SubclusterSize - 1;
        long start = offset & ~mask;
        long end = (offset + bytes + mask) & ~mask;
        if (geometry.Version < 3 && node.Backing is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        // What lies behind the end of the disk need not be kept.
        bool isPart = start != offset || (end != offset + bytes && offset + bytes < node.Length);
        if (isPart)
        {
            await CheckSurroundingsAsync(start, offset, offset + bytes, end);
        }

        if (geometry.Version < 3)
        {
            // There is no zero flag; but with nothing below, clusters without contents read as zeroes. One that is to be zero
            // in part stays as it is.
            await (isPart ? dropper.CheckEmptyAsync(start, end) : dropper.DiscardAsync(start, end, full: false, dropper.DiscardOfZeroWrites));
            return;
        }

        if (rawDataFile is not null)
        {
            // The data file is to be valid by itself: flags in the tables are not enough.
            await rawDataFile.WriteZeroesAsync(start, end - start, unmap ? RequestFlags.MayUnmap : RequestFlags.None);
        }

        // Behind the end of the disk there is nothing to keep: a last cluster counts as whole.
        long firstWhole = Math.Min(geometry.AlignUp(start), end);
        long lastWhole = firstWhole == end ? end : Math.Max(end < node.Length ? geometry.ClusterStart(end) : geometry.AlignUp(end), firstWhole);
        if (start < firstWhole)
        {
            await dropper.ZeroSubclustersAsync(start, firstWhole, isPart);
        }

        await dropper.ZeroAsync(firstWhole, lastWhole, unmap, isPart);
        if (lastWhole < end)
        {
            await dropper.ZeroSubclustersAsync(lastWhole, end, isPart);
        }
    }

    // A part of a subcluster can be zeroed as a whole only if all of it is zero then.
    private async ValueTask CheckSurroundingsAsync(long start, long from, long to, long end)
    {
        if (end - start > geometry.SubclusterSize
            || !await ReadsAsZeroAsync(start, from) || !await ReadsAsZeroAsync(to, Math.Min(end, node.Length)))
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }
    }

    private async ValueTask<bool> ReadsAsZeroAsync(long start, long end)
    {
        if (start >= end)
        {
            return true;
        }

        await holes.DetectAsync();
        bool reads = false;

        // What cannot be told is written as data.
        await corruption.AttemptAsync(async () => reads = (await map.MapAsync(start, end - start)).Kind switch
        {
            SubclusterKind.ZeroPlain or SubclusterKind.ZeroAllocated => true,
            SubclusterKind.UnallocatedPlain or SubclusterKind.UnallocatedAllocated
                => await partial.BackingReadsAsZeroAsync(start, end - start),
            _ => false,
        });
        return reads;
    }
}
