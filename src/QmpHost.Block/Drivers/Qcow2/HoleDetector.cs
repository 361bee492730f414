using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>
/// Finds out whether an image's tables cover much more of its file than the file has space for, as after preallocation of
/// metadata: then block status looks for holes in the file itself.
/// </summary>
internal sealed class HoleDetector(Qcow2Image image)
{
    private const long MinDifference = 2;

    private bool _detected;

    /// <summary>Whether it is worth looking for holes.</summary>
    public bool AreLikely { get; private set; }

    /// <summary>
    /// Looks at the image, the first time that it is asked; block status asks, and so does whoever wants to know whether an
    /// area reads as zeroes.
    /// </summary>
    public async ValueTask DetectAsync()
    {
        if (_detected)
        {
            return;
        }

        _detected = true;
        if (image.ExternalDataFile is not null || await image.File.Node.Driver.GetAllocatedSizeAsync() is not { } allocated)
        {
            return;
        }

        // A tenth of the clusters without space, and at least two, is what QEMU takes for a sign of holes. It reads refcounts even
        // where the file is too short for that, and so does this: a request that has to wait for them is told of later than one that has not.
        long stored = allocated / image.Geometry.ClusterSize;
        AreLikely = await CountsAsync(Math.Max(stored * 10 / 9, stored + MinDifference));
    }

    private async ValueTask<bool> CountsAsync(long enough)
    {
        using (await image.Lock.EnterAsync())
        {
            try
            {
                long end = Math.Min(image.Geometry.ClustersFor(image.File.Node.Length), image.Refcounts.UsedClusters);
                int entries = image.Geometry.RefcountBlockEntries;
                long counted = 0;
                for (long first = 0; first < end && counted < enough; first += entries)
                {
                    long block = first >> image.Geometry.RefcountBlockBits;
                    if (image.Refcounts.HasBlock(block))
                    {
                        CachedTable table = await image.Refcounts.GetBlockAsync(block);
                        counted += image.Refcounts.Codec.CountUsed(table.Data, (int)Math.Min(entries, end - first));
                    }
                }

                return counted >= enough;
            }
            catch (BlockIOException)
            {
                // Only advice: requests that need the refcounts report what is wrong with them.
                return false;
            }
            catch (ImageCorruptException e)
            {
                await image.Corruption.ReportFatalAsync(e);
                return false;
            }
        }
    }
}
