namespace QmpHost.Block.Graph;

/// <summary>What was counted of one kind of requests.</summary>
public sealed class AccountingCounters
{
    /// <summary>Bytes of requests that succeeded.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Requests that succeeded.</summary>
    public long Operations { get; internal set; }

    /// <summary>Requests that failed.</summary>
    public long Failed { get; internal set; }

    /// <summary>Requests that were refused before they began.</summary>
    public long Invalid { get; internal set; }

    /// <summary>How many of them took how long, or null where that is not counted.</summary>
    public LatencyHistogram? Histogram { get; set; }

    /// <summary>The time that requests took, in ns; failed ones count too.</summary>
    public long TotalNanoseconds { get; internal set; }
}
