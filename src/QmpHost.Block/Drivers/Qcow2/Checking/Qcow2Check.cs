using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Verifies an open image: every reference is counted, and no cluster may be written in place that is shared.</summary>
/// <remarks>For callers that hold the metadata lock and have written the tables.</remarks>
internal sealed class Qcow2Check(Qcow2Image image, CheckReport report, CheckFix fix)
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
            var report = new CheckReport();
            await new Qcow2Check(image, report, CheckFix.None).RunAsync();
            return report;
        }
    }

    /// <summary>Checks, and corrects what is to be corrected; corrected counts are left in the cache.</summary>
    /// <exception cref="BlockIOException">The file could not be read or written.</exception>
    public async ValueTask RunAsync()
    {
        RefcountCensus census = await WalkAsync();
        (int, int) found = report.Remember();
        await CompareAsync(census, CheckFix.None);
        if (fix != CheckFix.None && report.NeedsRebuild)
        {
            await RebuildAsync(census);
        }
        else if (fix != CheckFix.None && (report.Corruptions != 0 || report.Leaks != 0))
        {
            report.Return(found);
            await CompareAsync(census, fix);
        }

        await new CopiedFlags(image, report, (fix & CheckFix.Errors) != 0).CheckAsync();
        image.Freed.Advance();
    }

    // What was not used by the old structure is free only now.
    private async ValueTask RebuildAsync(RefcountCensus census)
    {
        report.AddMessage("Rebuilding refcount structure");
        await new RefcountRebuild(image, census).RunAsync();
        report.StartOver();
        census = await WalkAsync();
        await CompareAsync(census, CheckFix.Leaks);
        if (report.NeedsRebuild)
        {
            report.AddMessage("ERROR rebuilt refcount structure is still broken");
        }
    }

    private async ValueTask<RefcountCensus> WalkAsync()
    {
        var walker = new ReferenceWalker(image, report, (fix & CheckFix.Errors) != 0);
        await walker.WalkAsync();
        return walker.Census;
    }

    private ValueTask CompareAsync(RefcountCensus census, CheckFix fixes) => new RefcountComparison(image, census, report, fixes).RunAsync();
}
