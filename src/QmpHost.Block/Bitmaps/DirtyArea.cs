namespace QmpHost.Block.Bitmaps;

/// <summary>A contiguous dirty area of a disk, in bytes.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Bytes">Length, greater than zero.</param>
public readonly record struct DirtyArea(long Offset, long Bytes)
{
    /// <summary>First byte after the area.</summary>
    public long End => Offset + Bytes;
}
