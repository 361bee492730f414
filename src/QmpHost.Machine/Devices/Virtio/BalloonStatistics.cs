using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The properties of a balloon that tell of the guest's memory: how often it would be asked, and what it has told, which is nothing.</summary>
internal static class BalloonStatistics
{
    /// <summary>How often the guest is to be asked, in seconds; 0 for never.</summary>
    public const string Interval = "guest-stats-polling-interval";

    /// <summary>What the guest has told.</summary>
    public const string Statistics = "guest-stats";

    private const ulong Untold = ulong.MaxValue;

    private static readonly string[] Names =
    [
        "swap-in", "swap-out", "major-faults", "minor-faults", "free-memory", "total-memory", "available-memory", "disk-caches", "htlb-pgalloc", "htlb-pgfail",
    ];

    private static readonly string[] NewerNames = ["oom-kills", "alloc-stalls", "async-scans", "direct-scans", "async-reclaims", "direct-reclaims"];

    /// <summary>Makes the property of a name, or gives null for others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="profile">The release, which decides what guests can tell.</param>
    public static QomProperty? Make(string name, VersionProfile profile) => name switch
    {
        Interval => new QomProperty
        {
            Name = name,
            Type = "int",
            Get = static o => ((DeviceObject)o).TryGetStored(Interval) ?? new QNum(0L),
            Set = static (o, reader) =>
            {
                long seconds = reader.ReadInt64();
                QmpException.ThrowIf(seconds < 0, "timer value must be greater than zero");
                QmpException.ThrowIf(seconds > uint.MaxValue, "timer value is too big");
                ((DeviceObject)o).Store(Interval, seconds);
                return default;
            },
        },
        Statistics => new QomProperty
        {
            Name = name,
            Type = "guest statistics",
            Get = _ => Tell(profile),
            Set = static (o, _) => throw new QmpException($"Property '{o.Class.Name}.{Statistics}' is not writable"),
        },
        _ => null,
    };

    private static QDict Tell(VersionProfile profile)
    {
        var told = new QDict();
        foreach (string name in Names.Concat(profile.Has(Behaviour.BalloonsTellOfReclaims) ? NewerNames : []))
        {
            told.Put($"stat-{name}", new QNum(Untold));
        }

        var all = new QDict();
        all.Put("last-update", new QNum(0L));
        all.Put("stats", told);
        return all;
    }
}
