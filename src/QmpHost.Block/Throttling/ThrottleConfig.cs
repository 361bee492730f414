using System.Collections.Immutable;
using QmpHost.Qapi;

namespace QmpHost.Block.Throttling;

/// <summary>The limits of a throttle group. Immutable.</summary>
public sealed record ThrottleConfig
{
    /// <summary>The greatest value of an average or maximum.</summary>
    public const ulong MaxValue = 1_000_000_000_000_000;

    private static readonly int BucketCount = Enum.GetValues<ThrottleBucketKind>().Length;

    private readonly ImmutableArray<ThrottleLimit> _limits;

    private ThrottleConfig(ImmutableArray<ThrottleLimit> limits) => _limits = limits;

    /// <summary>No limit at all.</summary>
    public static ThrottleConfig Unlimited { get; } = new([.. Enumerable.Repeat(new ThrottleLimit(0, 0, 1), BucketCount)]);

    /// <summary>Bytes that count as one request of the iops limits; 0 when every request counts as one.</summary>
    public ulong OperationSize { get; init; }

    /// <summary>One of the limits.</summary>
    public ThrottleLimit this[ThrottleBucketKind kind] => _limits[(int)kind];

    /// <summary>Whether any limit is set.</summary>
    public bool IsLimited => _limits.Any(l => l.Average > 0);

    /// <summary>A copy with one limit changed.</summary>
    public ThrottleConfig With(ThrottleBucketKind kind, ThrottleLimit limit)
        => new(_limits.SetItem((int)kind, limit)) { OperationSize = OperationSize };

    /// <summary>Checks that the limits fit together.</summary>
    /// <exception cref="QmpException">They do not.</exception>
    public void Validate()
    {
        if (Conflict(ThrottleBucketKind.BpsTotal) || Conflict(ThrottleBucketKind.IopsTotal))
        {
            throw new QmpException("bps/iops/max total values and read/write values cannot be used at the same time");
        }

        bool countsRequests = this[ThrottleBucketKind.IopsTotal].Average > 0
            || this[ThrottleBucketKind.IopsRead].Average > 0
            || this[ThrottleBucketKind.IopsWrite].Average > 0;
        if (OperationSize > 0 && !countsRequests)
        {
            throw new QmpException("iops size requires an iops value to be set");
        }

        foreach (ThrottleLimit limit in _limits)
        {
            Validate(limit);
        }
    }

    private static void Validate(ThrottleLimit limit)
    {
        (ulong average, ulong maximum, ulong length) = limit;
        if (average > MaxValue || maximum > MaxValue)
        {
            throw new QmpException($"bps/iops/max values must be within [0, {MaxValue}]");
        }

        if (length == 0)
        {
            throw new QmpException("the burst length cannot be 0");
        }

        if (length > 1 && maximum == 0)
        {
            throw new QmpException("burst length set without burst rate");
        }

        if (maximum > 0 && length > MaxValue / maximum)
        {
            throw new QmpException("burst length too high for this burst rate");
        }

        if (maximum > 0 && average == 0)
        {
            throw new QmpException("bps_max/iops_max require corresponding bps/iops values");
        }

        if (maximum > 0 && maximum < average)
        {
            throw new QmpException("bps_max/iops_max cannot be lower than bps/iops");
        }
    }

    private bool Conflict(ThrottleBucketKind total)
    {
        ThrottleLimit whole = this[total], read = this[total + 1], write = this[total + 2];
        return (whole.Average > 0 && (read.Average > 0 || write.Average > 0))
            || (whole.Maximum > 0 && (read.Maximum > 0 || write.Maximum > 0));
    }
}
