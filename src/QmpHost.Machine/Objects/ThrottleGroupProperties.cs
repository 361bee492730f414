using System.Globalization;
using QmpHost.Block.Throttling;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>The properties of throttle groups: every limit by itself, and all of them as one object.</summary>
internal static class ThrottleGroupProperties
{
    private const string SizeName = "iops-size";

    // Wire name, what it limits, and which of its three numbers it is.
    private static readonly (string Name, ThrottleBucketKind Kind, Part Part)[] Parts =
    [
        .. from kind in Enum.GetValues<ThrottleBucketKind>()
           from part in Enum.GetValues<Part>()
           select (WireName(kind) + Suffix(part), kind, part),
    ];

    // In the order of QEMU's listing.
    private static readonly string[] Listing =
    [
        "bps-write-max-length", "iops-total-max-length", SizeName, "", "bps-total", "iops-read-max-length", "bps-write",
        "iops-write-max-length", "bps-read-max", "iops-read-max", "bps-total-max", "bps-read-max-length", "iops-read", "bps-read",
        "bps-write-max", "iops-total-max", "iops-total", "iops-write", "bps-total-max-length", "iops-write-max",
    ];

    internal static IEnumerable<QomProperty> All => Listing.Select(name => name.Length == 0 ? Limits() : Single(name));

    private enum Part
    {
        Average,
        Maximum,
        BurstLength,
    }

    private static QomProperty Limits() => new()
    {
        Name = "limits",
        Type = "ThrottleLimits",
        Get = static o => Describe(((ThrottleGroupObject)o).Config),
        Set = static (o, reader) =>
        {
            var group = (ThrottleGroupObject)o;
            group.SetAll(Read(group.Config, reader.Name, reader.ReadStruct()));
            return default;
        },
    };

    private static QomProperty Single(string name) => new()
    {
        Name = "x-" + name,
        Type = "int",
        Get = o => Number(Get(((ThrottleGroupObject)o).Config, name)),
        Set = (o, reader) =>
        {
            var group = (ThrottleGroupObject)o;
            group.SetSingle(group.Config);
            long value = reader.ReadInt64();
            if (value < 0)
            {
                throw new QmpException("Property values cannot be negative");
            }

            if (IsBurstLength(name) && value > uint.MaxValue)
            {
                // The missing space is QEMU's.
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"{reader.Name} value must be in therange [0, {uint.MaxValue}]"));
            }

            group.SetSingle(With(group.Config, name, (ulong)value));
            return default;
        },
    };

    private static QDict Describe(ThrottleConfig config)
    {
        var limits = new QDict();
        foreach ((string name, _, _) in Parts)
        {
            limits.Add(name, Number(Get(config, name)));
        }

        limits.Add(SizeName, Number(config.OperationSize));
        return limits;
    }

    private static ThrottleConfig Read(ThrottleConfig config, string path, QDict limits)
    {
        foreach ((string name, _) in limits)
        {
            if (!Listing.Contains(name) || name.Length == 0)
            {
                throw new QmpException($"Parameter '{path}.{name}' is unexpected");
            }
        }

        foreach ((string name, QObject value) in limits)
        {
            long number = new StrictValueReader($"{path}.{name}", value).ReadInt64();
            if (IsBurstLength(name) && number > uint.MaxValue)
            {
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"{name} value must be in the range [0, {uint.MaxValue}]"));
            }

            config = With(config, name, unchecked((ulong)number));
        }

        return config;
    }

    private static ulong Get(ThrottleConfig config, string name)
    {
        if (name == SizeName)
        {
            return config.OperationSize;
        }

        (_, ThrottleBucketKind kind, Part part) = Array.Find(Parts, p => p.Name == name);
        ThrottleLimit limit = config[kind];
        return part switch
        {
            Part.Average => limit.Average,
            Part.Maximum => limit.Maximum,
            _ => limit.BurstLength,
        };
    }

    private static ThrottleConfig With(ThrottleConfig config, string name, ulong value)
    {
        if (name == SizeName)
        {
            return config with { OperationSize = value };
        }

        (_, ThrottleBucketKind kind, Part part) = Array.Find(Parts, p => p.Name == name);
        ThrottleLimit limit = config[kind];
        return config.With(kind, part switch
        {
            Part.Average => limit with { Average = value },
            Part.Maximum => limit with { Maximum = value },
            _ => limit with { BurstLength = value },
        });
    }

    private static bool IsBurstLength(string name) => name.EndsWith("-length", StringComparison.Ordinal);

    private static QNum Number(ulong value) => new(unchecked((long)value));

    private static string WireName(ThrottleBucketKind kind) => kind switch
    {
        ThrottleBucketKind.BpsTotal => "bps-total",
        ThrottleBucketKind.BpsRead => "bps-read",
        ThrottleBucketKind.BpsWrite => "bps-write",
        ThrottleBucketKind.IopsTotal => "iops-total",
        ThrottleBucketKind.IopsRead => "iops-read",
        _ => "iops-write",
    };

    private static string Suffix(Part part) => part switch
    {
        Part.Average => "",
        Part.Maximum => "-max",
        _ => "-max-length",
    };
}
