using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>One of the limits that a throttle group or a drive has, by its name in the schema.</summary>
/// <param name="Name">The name.</param>
/// <param name="Get">Gives its value, or null where it is not set.</param>
/// <param name="With">Gives the limits with another value of it.</param>
public sealed record ThrottleLimitMember(string Name, Func<ThrottleLimits, long?> Get, Func<ThrottleLimits, long, ThrottleLimits> With)
{
    private static readonly ThrottleLimitMember[] Members =
    [
        new("bps-total", static l => l.BpsTotal, static (l, v) => l with { BpsTotal = v }),
        new("bps-total-max", static l => l.BpsTotalMax, static (l, v) => l with { BpsTotalMax = v }),
        new("bps-total-max-length", static l => l.BpsTotalMaxLength, static (l, v) => l with { BpsTotalMaxLength = v }),
        new("bps-read", static l => l.BpsRead, static (l, v) => l with { BpsRead = v }),
        new("bps-read-max", static l => l.BpsReadMax, static (l, v) => l with { BpsReadMax = v }),
        new("bps-read-max-length", static l => l.BpsReadMaxLength, static (l, v) => l with { BpsReadMaxLength = v }),
        new("bps-write", static l => l.BpsWrite, static (l, v) => l with { BpsWrite = v }),
        new("bps-write-max", static l => l.BpsWriteMax, static (l, v) => l with { BpsWriteMax = v }),
        new("bps-write-max-length", static l => l.BpsWriteMaxLength, static (l, v) => l with { BpsWriteMaxLength = v }),
        new("iops-total", static l => l.IopsTotal, static (l, v) => l with { IopsTotal = v }),
        new("iops-total-max", static l => l.IopsTotalMax, static (l, v) => l with { IopsTotalMax = v }),
        new("iops-total-max-length", static l => l.IopsTotalMaxLength, static (l, v) => l with { IopsTotalMaxLength = v }),
        new("iops-read", static l => l.IopsRead, static (l, v) => l with { IopsRead = v }),
        new("iops-read-max", static l => l.IopsReadMax, static (l, v) => l with { IopsReadMax = v }),
        new("iops-read-max-length", static l => l.IopsReadMaxLength, static (l, v) => l with { IopsReadMaxLength = v }),
        new("iops-write", static l => l.IopsWrite, static (l, v) => l with { IopsWrite = v }),
        new("iops-write-max", static l => l.IopsWriteMax, static (l, v) => l with { IopsWriteMax = v }),
        new("iops-write-max-length", static l => l.IopsWriteMaxLength, static (l, v) => l with { IopsWriteMaxLength = v }),
        new("iops-size", static l => l.IopsSize, static (l, v) => l with { IopsSize = v }),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ThrottleLimitMember> All => Members;

    /// <summary>Whether it is a time in seconds, of 32 bits.</summary>
    public bool IsLength => Name.EndsWith("-length", StringComparison.Ordinal);

    /// <summary>Finds a limit.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The limit, or null.</returns>
    public static ThrottleLimitMember? Find(string name) => Array.Find(Members, member => member.Name == name);
}
