namespace QmpHost.Block.Graph;

/// <summary>Sizes that a driver asks the generic layer to respect, in bytes. 0 means no limit, except where noted.</summary>
public sealed record BlockLimits
{
    /// <summary>Offset and length of every request are multiples of this power of two. At least 1.</summary>
    public int RequestAlignment { get; init; } = 1;

    /// <summary>What the memory of a request must be aligned to: a disk's sector unless a driver knows better.</summary>
    public int MinMemoryAlignment { get; init; } = 512;

    /// <summary>What it is best aligned to.</summary>
    public int OptMemoryAlignment { get; init; } = Environment.SystemPageSize;

    /// <summary>The longest read or write.</summary>
    public long MaxTransfer { get; init; }

    /// <summary>A good request size.</summary>
    public long OptTransfer { get; init; }

    /// <summary>The longest write-zeroes request.</summary>
    public long MaxWriteZeroes { get; init; }

    /// <summary>Write-zeroes requests are aligned to this, with head and tail written as data.</summary>
    public long WriteZeroesAlignment { get; init; }

    /// <summary>The longest discard.</summary>
    public long MaxDiscard { get; init; }

    /// <summary>Discards are aligned to this; head and tail are left out.</summary>
    public long DiscardAlignment { get; init; }
}
