using System.Globalization;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Objects;

/// <summary>The properties of throttle groups: every limit by itself, and all of them as one object.</summary>
internal static class ThrottleGroupMembers
{
    // In the order of QEMU's listing; the empty name stands for all of them together.
    private static readonly string[] Listing =
    [
        "bps-write-max-length", "iops-total-max-length", "iops-size", "", "bps-total", "iops-read-max-length", "bps-write",
        "iops-write-max-length", "bps-read-max", "iops-read-max", "bps-total-max", "bps-read-max-length", "iops-read", "bps-read",
        "bps-write-max", "iops-total-max", "iops-total", "iops-write", "bps-total-max-length", "iops-write-max",
    ];

    internal static IEnumerable<QomProperty> All
        => Listing.Select(static name => name.Length == 0 ? Together() : Single(ThrottleLimitMember.Find(name)!));

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

    private static QomProperty Single(ThrottleLimitMember member) => new()
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

            if (value > uint.MaxValue && member.IsLength)
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
        foreach (ThrottleLimitMember member in ThrottleLimitMember.All)
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
            ThrottleLimitMember member = ThrottleLimitMember.Find(name)
                ?? throw new QmpException($"Parameter '{path}.{name}' is unexpected");
            changed = member.With(changed, new StrictValueReader($"{path}.{name}", value).ReadInt64());
        }

        return changed;
    }
}
