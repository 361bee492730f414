using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Objects;

/// <summary>The properties of throttle groups: every limit by itself, and all of them as one object.</summary>
internal static class ThrottleGroupMembers
{
    private static readonly Member[] Members =
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

    // In the order of QEMU's listing; the empty name stands for all of them together.
    private static readonly string[] Listing =
    [
        "bps-write-max-length", "iops-total-max-length", "iops-size", "", "bps-total", "iops-read-max-length", "bps-write",
        "iops-write-max-length", "bps-read-max", "iops-read-max", "bps-total-max", "bps-read-max-length", "iops-read", "bps-read",
        "bps-write-max", "iops-total-max", "iops-total", "iops-write", "bps-total-max-length", "iops-write-max",
    ];

    internal static IEnumerable<QomProperty> All
        => Listing.Select(static name => name.Length == 0 ? Together() : Single(Array.Find(Members, m => m.Name == name)!));

    private static QomProperty Together() => new()
    {
        Name = "limits",
        Type = "ThrottleLimits",
        Get = static o => Describe(((ThrottleGroupObject)o).Limits),
        Set = static (o, reader) =>
        {
            QDict limits = reader.ReadStruct();
            ((ThrottleGroupObject)o).ChangeTogether(old => Read(old, reader.Name, limits));
            return default;
        },
    };

    private static QomProperty Single(Member member) => new()
    {
        Name = "x-" + member.Name,
        Type = "int",
        Get = o => new QNum(member.Get(((ThrottleGroupObject)o).Limits) ?? 0),
        Set = (o, reader) =>
        {
            var group = (ThrottleGroupObject)o;
            group.CheckIncomplete();
            long value = reader.ReadInt64();
            if (value < 0)
            {
                throw new QmpException("Property values cannot be negative");
            }

            if (value > uint.MaxValue && member.Name.EndsWith("-length", StringComparison.Ordinal))
            {
                // The missing space is QEMU's.
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"{reader.Name} value must be in therange [0, {uint.MaxValue}]"));
            }

            group.Change(limits => member.With(limits, value));
            return default;
        },
    };

    private static QDict Describe(ThrottleLimits limits)
    {
        var described = new QDict();
        foreach (Member member in Members)
        {
            if (member.Get(limits) is { } value)
            {
                described.Add(member.Name, new QNum(value));
            }
        }

        return described;
    }

    private static ThrottleLimits Read(ThrottleLimits limits, string path, QDict members)
    {
        ThrottleLimits changed = limits;
        foreach ((string name, QObject value) in members)
        {
            Member member = Array.Find(Members, m => m.Name == name)
                ?? throw new QmpException($"Parameter '{path}.{name}' is unexpected");
            changed = member.With(changed, new StrictValueReader($"{path}.{name}", value).ReadInt64());
        }

        return changed;
    }

    private sealed record Member(string Name, Func<ThrottleLimits, long?> Get, Func<ThrottleLimits, long, ThrottleLimits> With);
}
