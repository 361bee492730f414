using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Puts images in order that were not closed properly while their refcounts were written late.</summary>
internal static class Qcow2Repair
{
    /// <summary>Checks an image that is marked dirty, corrects what can be, and takes the mark away if all is well.</summary>
    /// <exception cref="QmpException">It cannot be checked or corrected.</exception>
    public static async ValueTask RepairDirtyAsync(Qcow2Image image)
    {
        if (await image.Corruption.AttemptAsync(() => RepairAsync(image)) is { } error)
        {
            throw new QmpException($"Could not repair dirty image: {error.Describe()}");
        }
    }

    private static async ValueTask RepairAsync(Qcow2Image image)
    {
        using (await image.Lock.EnterAsync())
        {
            await RepairLockedAsync(image);
        }
    }

    private static async ValueTask RepairLockedAsync(Qcow2Image image)
    {
        var report = new CheckReport(text => image.Node.Graph.Context.Report(ReportKind.Remark, text));
        await new Qcow2Check(image, report, CheckFix.All).RunAsync();

        // L2 tables were corrected in the file.
        image.L2Cache.Clear();
        if (report.IsSound)
        {
            await image.Order.MarkCleanAsync();
        }

        if (report.Failures != 0)
        {
            throw new BlockIOException(Errno.EIO);
        }
    }
}
