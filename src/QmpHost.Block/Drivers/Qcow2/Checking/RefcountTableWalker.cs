using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Counts the refcount blocks and looks whether the refcount table makes sense.</summary>
internal sealed class RefcountTableWalker(Qcow2Image image, CheckReport report, ReferenceCounter counter, bool fix)
{
    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Visits the table's entries.</summary>
    public async ValueTask WalkAsync()
    {
        for (int i = 0; i < image.RefcountTable.UsedLength; i++)
        {
            ulong entry = image.RefcountTable[i];
            ulong offset = entry & RefcountStore.OffsetMask;
            if ((entry & ~RefcountStore.OffsetMask) != 0)
            {
                Reject($"ERROR refcount table entry {i} has reserved bits set");
            }
            else if ((offset & ((ulong)Geometry.ClusterSize - 1)) != 0)
            {
                Reject($"ERROR refcount block {i} is not cluster aligned; refcount table entry corrupted");
            }
            else if (offset >> Geometry.ClusterBits >= (ulong)counter.FileClusters)
            {
                await DealWithOutsideAsync(i, (long)offset);
            }
            else if (offset != 0)
            {
                CountBlock(i, (long)offset);
            }
        }
    }

    private void Reject(string finding)
    {
        report.AddCorruption(finding);
        report.NeedsRebuild = true;
    }

    private void CountBlock(int index, long offset)
    {
        counter.Count(offset, Geometry.ClusterSize);
        ulong references = counter.Census[offset >> Geometry.ClusterBits];
        if (references != 1)
        {
            Reject($"ERROR refcount block {index} refcount={references}");
        }
    }

    // A file that lost its end gets it back, empty: what the block counted is found by the references.
    private async ValueTask DealWithOutsideAsync(int index, long offset)
    {
        report.AddFinding($"refcount block {index} is outside image", fix);
        if (!fix)
        {
            report.NeedsRebuild = true;
            return;
        }

        if (await TryExtendAsync(offset) is { } error)
        {
            Reject($"ERROR could not resize image: {error.Describe()}");
        }
        else
        {
            CountBlock(index, offset);
        }
    }

    private async ValueTask<Errno?> TryExtendAsync(long offset)
    {
        if (offset < 0 || offset > long.MaxValue - Geometry.ClusterSize)
        {
            return Errno.EINVAL;
        }

        try
        {
            await image.File.TruncateAsync(offset + Geometry.ClusterSize);
            return null;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
        catch (QmpException e)
        {
            image.Node.Graph.Context.Report(ReportKind.RequestFailure, e.Message);
            return (e.InnerException as BlockIOException)?.Errno ?? Errno.EIO;
        }
    }
}
