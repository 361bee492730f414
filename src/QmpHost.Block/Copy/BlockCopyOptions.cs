namespace QmpHost.Block.Copy;

/// <summary>How one call copies.</summary>
public sealed record BlockCopyOptions
{
    /// <summary>How many areas are copied at once. At least 1.</summary>
    public int MaxWorkers { get; init; } = 64;

    /// <summary>The longest area that is copied in one piece, in bytes; 0 means no limit of the caller's.</summary>
    public long MaxChunk { get; init; }

    /// <summary>Whether to copy at once whatever the speed limit says, as a guest write must that waits for the copy.</summary>
    public bool IgnoreSpeed { get; init; }
}
