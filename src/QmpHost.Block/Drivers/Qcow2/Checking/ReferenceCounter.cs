using QmpHost.Block.Drivers.Qcow2.Format;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Counts references to areas of an image file.</summary>
internal sealed class ReferenceCounter(Qcow2Image image, CheckReport report)
{
    /// <summary>The references counted.</summary>
    public RefcountCensus Census { get; } = new(image.Geometry.RefcountMax);

    /// <summary>How many clusters the file has; the last may be cut off.</summary>
    public long FileClusters => Geometry.ClustersFor(image.File.Node.Length);

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Counts a reference to each cluster that an area touches.</summary>
    /// <param name="offset">Where it starts, in bytes.</param>
    /// <param name="size">Its length in bytes; an empty area refers to nothing.</param>
    public void Count(long offset, long size)
    {
        if (size <= 0)
        {
            return;
        }

        if (!IsInFile(offset, size))
        {
            report.AddCorruption(
                "ERROR: counting reference for region exceeding the end of the file by one cluster or more: "
                + $"offset 0x{offset:x} size 0x{size:x}");
            return;
        }

        for (long cluster = offset >> Geometry.ClusterBits; cluster << Geometry.ClusterBits < offset + size; cluster++)
        {
            if (!Census.Add(cluster))
            {
                report.AddCorruption($"ERROR: overflow cluster offset=0x{cluster << Geometry.ClusterBits:x}");
                report.AddMessage(
                    "Use qemu-img amend to increase the refcount entry width or qemu-img convert to create a clean copy if the "
                    + "image cannot be opened for writing");
            }
        }
    }

    // A last cluster may be cut off, but no reference may be to a place a whole cluster behind the end.
    private bool IsInFile(long offset, long size)
    {
        long behind = image.File.Node.Length + Geometry.ClusterSize;
        return offset >= 0 && size < behind && offset < behind - size;
    }
}
