using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Verifies an open image: every reference is counted, and no cluster may be written in place that is shared.</summary>
internal static class Qcow2Check
{
    /// <summary>Checks an image without changing it.</summary>
    /// <param name="image">The image; requests wait meanwhile.</param>
    /// <exception cref="BlockIOException">The file could not be read.</exception>
    public static async ValueTask<CheckReport> RunAsync(Qcow2Image image)
    {
        using (await image.Lock.EnterAsync())
        {
            await image.L2Cache.WriteAsync();
            await image.RefcountCache.WriteAsync();
            (CheckReport report, _) = await RunLockedAsync(image);
            return report;
        }
    }

    /// <summary>Checks an image for a caller that holds the metadata lock and has written the tables.</summary>
    /// <returns>The findings and the true counts.</returns>
    public static async ValueTask<(CheckReport Report, RefcountCensus Census)> RunLockedAsync(Qcow2Image image)
    {
        var report = new CheckReport();
        var walker = new ReferenceWalker(image, report);
        await walker.WalkAsync();
        await CompareAsync(image, walker.Census, report);
        await CopiedFlags.CheckAsync(image, report, fix: false);
        return (report, walker.Census);
    }

    private static async ValueTask CompareAsync(Qcow2Image image, RefcountCensus census, CheckReport report)
    {
        int entries = image.Geometry.RefcountBlockEntries;
        long end = Math.Max(census.End, image.Refcounts.UsedClusters);
        for (long first = 0; first < end; first += entries)
        {
            long block = first >> image.Geometry.RefcountBlockBits;
            byte[]? stored = await ReadBlockAsync(image, block, report);
            if (stored is null && census.IsEmpty(first, entries))
            {
                continue;
            }

            for (int i = 0; i < entries; i++)
            {
                Compare(first + i, stored is null ? 0 : image.Refcounts.Codec.Read(stored, i), census, report);
            }
        }
    }

    private static async ValueTask<byte[]?> ReadBlockAsync(Qcow2Image image, long block, CheckReport report)
    {
        if (!image.Refcounts.HasBlock(block))
        {
            return null;
        }

        try
        {
            return (await image.Refcounts.GetBlockAsync(block)).Data;
        }
        catch (ImageCorruptException e)
        {
            report.AddCorruption(e.Message);
            return null;
        }
    }

    private static void Compare(long cluster, ulong stored, RefcountCensus census, CheckReport report)
    {
        ulong referenced = census[cluster];
        if (stored < referenced)
        {
            report.AddCorruption($"cluster {cluster} refcount={stored} reference={referenced}");
        }
        else if (stored > referenced)
        {
            report.AddLeak(cluster, stored, referenced);
        }
    }
}
