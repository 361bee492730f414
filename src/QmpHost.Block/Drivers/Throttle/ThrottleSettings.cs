using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>The limits of a throttle group: merged from what was there and what is new, and checked.</summary>
internal static class ThrottleSettings
{
    private const ulong MaxValue = 1_000_000_000_000_000;

    /// <summary>Limits that limit nothing, with all members present.</summary>
    public static ThrottleLimits None { get; } = Complete(new ThrottleLimits());

    /// <summary>Lays new limits over old ones; what the new ones leave out stays.</summary>
    /// <exception cref="QmpException">The outcome makes no sense.</exception>
    public static ThrottleLimits Merge(ThrottleLimits old, ThrottleLimits changes)
    {
        CheckLengths(changes);
        ThrottleLimits merged = Overlay(old, changes);
        Check(merged);
        return merged;
    }

    /// <summary>The limits in the order of <see cref="ThrottleGroup"/>'s buckets: average, burst rate, burst length.</summary>
    public static (long Average, long Max, long Length)[] Buckets(ThrottleLimits l) =>
    [
        (l.BpsTotal ?? 0, l.BpsTotalMax ?? 0, l.BpsTotalMaxLength ?? 1),
        (l.BpsRead ?? 0, l.BpsReadMax ?? 0, l.BpsReadMaxLength ?? 1),
        (l.BpsWrite ?? 0, l.BpsWriteMax ?? 0, l.BpsWriteMaxLength ?? 1),
        (l.IopsTotal ?? 0, l.IopsTotalMax ?? 0, l.IopsTotalMaxLength ?? 1),
        (l.IopsRead ?? 0, l.IopsReadMax ?? 0, l.IopsReadMaxLength ?? 1),
        (l.IopsWrite ?? 0, l.IopsWriteMax ?? 0, l.IopsWriteMaxLength ?? 1),
    ];

    private static void Check(ThrottleLimits l)
    {
        (long Average, long Max, long Length)[] buckets = Buckets(l);
        for (int kind = 0; kind < buckets.Length; kind += 3)
        {
            if ((buckets[kind].Average > 0 && (buckets[kind + 1].Average > 0 || buckets[kind + 2].Average > 0))
                || (buckets[kind].Max > 0 && (buckets[kind + 1].Max > 0 || buckets[kind + 2].Max > 0)))
            {
                throw new QmpException("bps/iops/max total values and read/write values cannot be used at the same time");
            }
        }

        if (l.IopsSize is not (null or 0) && buckets[3].Average == 0 && buckets[4].Average == 0 && buckets[5].Average == 0)
        {
            throw new QmpException("iops size requires an iops value to be set");
        }

        foreach ((long average, long max, long length) in buckets)
        {
            CheckBucket((ulong)average, (ulong)max, (ulong)length);
        }
    }

    // Negative values are huge ones here, as QEMU sees them.
    private static void CheckBucket(ulong average, ulong max, ulong length)
    {
        if (average > MaxValue || max > MaxValue)
        {
            throw new QmpException($"bps/iops/max values must be within [0, {MaxValue}]");
        }

        string? problem = length == 0 ? "the burst length cannot be 0"
            : length > 1 && max == 0 ? "burst length set without burst rate"
            : max > 0 && length > MaxValue / max ? "burst length too high for this burst rate"
            : max > 0 && average == 0 ? "bps_max/iops_max require corresponding bps/iops values"
            : max > 0 && max < average ? "bps_max/iops_max cannot be lower than bps/iops"
            : null;
        if (problem is not null)
        {
            throw new QmpException(problem);
        }
    }

    private static void CheckLengths(ThrottleLimits l)
    {
        CheckLength("bps-total", l.BpsTotalMaxLength);
        CheckLength("bps-read", l.BpsReadMaxLength);
        CheckLength("bps-write", l.BpsWriteMaxLength);
        CheckLength("iops-total", l.IopsTotalMaxLength);
        CheckLength("iops-read", l.IopsReadMaxLength);
        CheckLength("iops-write", l.IopsWriteMaxLength);
    }

    private static void CheckLength(string name, long? length)
    {
        if (length > uint.MaxValue)
        {
            throw new QmpException($"{name}-max-length value must be in the range [0, {uint.MaxValue}]");
        }
    }

    private static ThrottleLimits Complete(ThrottleLimits l) => Overlay(
        new ThrottleLimits
        {
            IopsTotal = 0,
            IopsTotalMax = 0,
            IopsTotalMaxLength = 1,
            IopsRead = 0,
            IopsReadMax = 0,
            IopsReadMaxLength = 1,
            IopsWrite = 0,
            IopsWriteMax = 0,
            IopsWriteMaxLength = 1,
            BpsTotal = 0,
            BpsTotalMax = 0,
            BpsTotalMaxLength = 1,
            BpsRead = 0,
            BpsReadMax = 0,
            BpsReadMaxLength = 1,
            BpsWrite = 0,
            BpsWriteMax = 0,
            BpsWriteMaxLength = 1,
            IopsSize = 0,
        },
        l);

    private static ThrottleLimits Overlay(ThrottleLimits old, ThrottleLimits n) => new()
    {
        IopsTotal = n.IopsTotal ?? old.IopsTotal,
        IopsTotalMax = n.IopsTotalMax ?? old.IopsTotalMax,
        IopsTotalMaxLength = n.IopsTotalMaxLength ?? old.IopsTotalMaxLength,
        IopsRead = n.IopsRead ?? old.IopsRead,
        IopsReadMax = n.IopsReadMax ?? old.IopsReadMax,
        IopsReadMaxLength = n.IopsReadMaxLength ?? old.IopsReadMaxLength,
        IopsWrite = n.IopsWrite ?? old.IopsWrite,
        IopsWriteMax = n.IopsWriteMax ?? old.IopsWriteMax,
        IopsWriteMaxLength = n.IopsWriteMaxLength ?? old.IopsWriteMaxLength,
        BpsTotal = n.BpsTotal ?? old.BpsTotal,
        BpsTotalMax = n.BpsTotalMax ?? old.BpsTotalMax,
        BpsTotalMaxLength = n.BpsTotalMaxLength ?? old.BpsTotalMaxLength,
        BpsRead = n.BpsRead ?? old.BpsRead,
        BpsReadMax = n.BpsReadMax ?? old.BpsReadMax,
        BpsReadMaxLength = n.BpsReadMaxLength ?? old.BpsReadMaxLength,
        BpsWrite = n.BpsWrite ?? old.BpsWrite,
        BpsWriteMax = n.BpsWriteMax ?? old.BpsWriteMax,
        BpsWriteMaxLength = n.BpsWriteMaxLength ?? old.BpsWriteMaxLength,
        IopsSize = n.IopsSize ?? old.IopsSize,
    };
}
