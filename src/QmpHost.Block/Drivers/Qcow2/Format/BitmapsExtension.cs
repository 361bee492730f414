namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Where the directory of persistent bitmaps lies.</summary>
/// <param name="Count">How many bitmaps there are; at least 1.</param>
/// <param name="DirectorySize">Length of the directory in bytes.</param>
/// <param name="DirectoryOffset">Its start in the image file, a multiple of the cluster size.</param>
internal sealed record BitmapsExtension(int Count, long DirectorySize, long DirectoryOffset)
{
    /// <summary>Length of the extension's data in bytes.</summary>
    public const int Size = 24;

    /// <summary>The most bitmaps that an image may hold.</summary>
    public const int MaxCount = 65535;

    /// <summary>The longest directory: the most bitmaps, each with the longest name.</summary>
    public const long MaxDirectorySize = (long)MaxCount * 1024;
}
