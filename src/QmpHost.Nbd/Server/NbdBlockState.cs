namespace QmpHost.Nbd.Server;

/// <summary>The allocation state of one area.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsHole">No layer holds data there.</param>
/// <param name="IsZero">It reads as zeroes.</param>
public readonly record struct NbdBlockState(long Length, bool IsHole, bool IsZero)
{
    /// <summary>The value in context base:allocation.</summary>
    public uint AllocationValue => (IsHole ? 1u : 0u) | (IsZero ? 2u : 0u);
}
