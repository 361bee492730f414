namespace QmpHost.Block.Drivers.Qcow2.Bitmaps;

/// <summary>Flags of a directory entry.</summary>
[Flags]
internal enum StoredBitmapFlags : uint
{
    None = 0,

    /// <summary>The stored bits are not those of the data any more.</summary>
    InUse = 1,

    /// <summary>Every write to the disk must be recorded.</summary>
    Auto = 2,

    Known = InUse | Auto,
}
