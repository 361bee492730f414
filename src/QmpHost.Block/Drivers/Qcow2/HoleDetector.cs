using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>
/// Finds out whether an image's tables cover much more of its file than the file has space for, as after preallocation of
/// metadata: then block status looks for holes in the file itself.
/// </summary>
internal sealed class HoleDetector
{
    private const long MinDifference = 2;
    private const int ToleratedPercent = 1;

    private bool _detected;

    /// <summary>Whether it is worth looking for holes.</summary>
    public bool AreLikely { get; private set; }

    /// <summary>Looks at the image, the first time that it is asked.</summary>
    public async ValueTask DetectAsync(Qcow2Image image)
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

        long stored = image.Geometry.ClustersFor(allocated);
        long limit = stored + Math.Max(stored * ToleratedPercent / 100, MinDifference);
        if (image.Geometry.ClustersFor(image.File.Node.Length) > limit)
        {
            AreLikely = await CountsMoreThanAsync(image, limit);
        }
    }

    private static async ValueTask<bool> CountsMoreThanAsync(Qcow2Image image, long limit)
    {
        using (await image.Lock.EnterAsync())
        {
            try
            {
                long end = Math.Min(image.Geometry.ClustersFor(image.File.Node.Length), image.Refcounts.UsedClusters);
                int entries = image.Geometry.RefcountBlockEntries;
                long counted = 0;
                for (long first = 0; first < end && counted <= limit; first += entries)
                {
                    long block = first >> image.Geometry.RefcountBlockBits;
                    if (image.Refcounts.HasBlock(block))
                    {
                        CachedTable table = await image.Refcounts.GetBlockAsync(block);
                        counted += image.Refcounts.Codec.CountUsed(table.Data, (int)Math.Min(entries, end - first));
                    }
                }

                return counted > limit;
            }
            catch (Exception e) when (e is BlockIOException or ImageCorruptException)
            {
                // Only advice: requests that need the refcounts report what is wrong with them.
                return false;
            }
        }
    }
}
