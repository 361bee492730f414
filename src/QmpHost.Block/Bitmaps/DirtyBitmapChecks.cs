namespace QmpHost.Block.Bitmaps;

/// <summary>States of a bitmap that forbid an operation.</summary>
[Flags]
public enum DirtyBitmapChecks
{
    /// <summary>Nothing is checked.</summary>
    None = 0,

    /// <summary>The bitmap must not be used by a job or an export.</summary>
    Busy = 1,

    /// <summary>The bitmap must be writable.</summary>
    ReadOnly = 2,

    /// <summary>The bitmap must not be a stored one that was never closed cleanly.</summary>
    Inconsistent = 4,

    /// <summary>What an operation needs that changes the bitmap.</summary>
    Default = Busy | ReadOnly | Inconsistent,

    /// <summary>What an operation needs that leaves the content alone.</summary>
    AllowReadOnly = Busy | Inconsistent,
}
