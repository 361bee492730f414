namespace QmpHost.Hosting.Guests;

/// <summary>What a guest does to its disk over time. The same workload does the same every time.</summary>
public sealed record GuestWorkload
{
    /// <summary>Where the choices come from.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many requests the guest makes in a second of the host's clock, at even distances.</summary>
    public double RequestsPerSecond { get; init; } = 100;

    /// <summary>The lengths of requests in bytes, all as likely; offsets are multiples of the length.</summary>
    public IReadOnlyList<int> BlockSizes { get; init; } = [4096];

    /// <summary>Which part of the requests read, 0 to 1; the others write.</summary>
    public double ReadShare { get; init; }

    /// <summary>How large the part of the disk is, from its beginning, that most requests go to; 0 to 1.</summary>
    public double HotSetShare { get; init; } = 1;

    /// <summary>Which part of the requests go to the hot set, 0 to 1.</summary>
    public double HotRequestShare { get; init; } = 1;

    /// <summary>After how many writes the guest flushes; 0 for never.</summary>
    public int WritesBetweenFlushes { get; init; }

    /// <summary>After how many requests the guest stops by itself; null for never.</summary>
    public long? RequestCount { get; init; }
}
