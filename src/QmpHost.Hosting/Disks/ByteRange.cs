namespace QmpHost.Hosting.Disks;

/// <summary>A part of a disk.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">How long it is, in bytes.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Where it ends: the first byte behind it.</summary>
    public long End => Offset + Length;

    /// <inheritdoc/>
    public override string ToString() => $"{Offset}+{Length}";
}
