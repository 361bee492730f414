using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Compares the counts that an image stores with the references that are in it, and corrects them where it is asked to.</summary>
internal sealed class RefcountComparison(Qcow2Image image, RefcountCensus census, CheckReport report, CheckFix fix)
{
    /// <summary>Compares every cluster of the file.</summary>
    public async ValueTask RunAsync()
    {
        int entries = image.Geometry.RefcountBlockEntries;
        long end = image.Geometry.ClustersFor(image.File.Node.Length);
        for (long first = 0; first < end; first += entries)
        {
            int count = (int)Math.Min(entries, end - first);
            bool isStored = image.Refcounts.HasBlock(first >> image.Geometry.RefcountBlockBits);
            if (isStored || !census.IsEmpty(first, count))
            {
                await CompareBlockAsync(first, count);
            }
        }
    }

    private async ValueTask CompareBlockAsync(long first, int count)
    {
        for (long cluster = first; cluster < first + count; cluster++)
        {
            if (await ReadAsync(cluster) is { } stored && stored != census[cluster])
            {
                await CompareAsync(cluster, stored, census[cluster]);
            }
        }
    }

    private async ValueTask<ulong?> ReadAsync(long cluster)
    {
        Errno error;
        try
        {
            return await image.Refcounts.GetAsync(cluster);
        }
        catch (BlockIOException e)
        {
            error = e.Errno;
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            error = Errno.EIO;
        }

        report.AddFailure($"Can't get refcount for cluster {cluster}: {error.Describe()}");
        return null;
    }

    private async ValueTask CompareAsync(long cluster, ulong stored, ulong referenced)
    {
        string finding = $"cluster {cluster} refcount={stored} reference={referenced}";
        bool isLeak = stored > referenced;
        if (stored == 0)
        {
            report.NeedsRebuild = true;
        }

        bool isCorrected = (fix & (isLeak ? CheckFix.Leaks : CheckFix.Errors)) != 0;
        if (isLeak && !isCorrected)
        {
            report.AddLeak("Leaked " + finding);
            return;
        }

        report.AddFinding(finding, isCorrected);
        if (isCorrected)
        {
            await image.Refcounts.SetAsync(cluster, referenced);
        }
    }
}
