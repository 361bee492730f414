namespace QmpHost.Hosting.Disks;

/// <summary>Where the bytes of a disk come from that a test gives its host.</summary>
public abstract record DiskSource
{
    private DiskSource(string format) => Format = format;

    /// <summary>The image's format: "raw" or "qcow2".</summary>
    public string Format { get; }

    /// <summary>A new disk in memory, which goes away with its host.</summary>
    /// <param name="size">The disk's length in bytes.</param>
    /// <param name="format">"raw" or "qcow2".</param>
    /// <returns>The source.</returns>
    public static DiskSource Memory(long size, string format = "raw") => new InMemory(size, format);

    /// <summary>A new image in a file of the folder for temporary files, which is deleted with its host.</summary>
    /// <param name="size">The disk's length in bytes.</param>
    /// <param name="format">"raw" or "qcow2".</param>
    /// <returns>The source.</returns>
    public static DiskSource TemporaryFile(long size, string format = "raw") => new InTemporaryFile(size, format);

    /// <summary>An image that is there, and stays there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format; guessed from its content by no means, since a guest could have written that.</param>
    /// <returns>The source.</returns>
    public static DiskSource Image(string path, string format = "raw") => new InImage(path, format);

    internal sealed record InMemory(long Size, string OfFormat) : DiskSource(OfFormat);

    internal sealed record InTemporaryFile(long Size, string OfFormat) : DiskSource(OfFormat);

    internal sealed record InImage(string Path, string OfFormat) : DiskSource(OfFormat);
}
