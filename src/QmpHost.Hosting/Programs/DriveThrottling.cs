using System.Globalization;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>How much a -drive option lets through.</summary>
/// <param name="Group">Whose limits they are: the group's of this name, or the drive's own where it is null.</param>
/// <param name="Limits">The limits.</param>
internal sealed record DriveThrottling(string? Group, ThrottleLimits Limits)
{
    private const string Prefix = "throttling.";
    private const string GroupKey = Prefix + "group";

    private static readonly Dictionary<string, Func<ThrottleLimits, long, ThrottleLimits>> Setters = new(StringComparer.Ordinal)
    {
        ["bps-total"] = static (l, v) => l with { BpsTotal = v },
        ["bps-total-max"] = static (l, v) => l with { BpsTotalMax = v },
        ["bps-total-max-length"] = static (l, v) => l with { BpsTotalMaxLength = (uint)v },
        ["bps-read"] = static (l, v) => l with { BpsRead = v },
        ["bps-read-max"] = static (l, v) => l with { BpsReadMax = v },
        ["bps-read-max-length"] = static (l, v) => l with { BpsReadMaxLength = (uint)v },
        ["bps-write"] = static (l, v) => l with { BpsWrite = v },
        ["bps-write-max"] = static (l, v) => l with { BpsWriteMax = v },
        ["bps-write-max-length"] = static (l, v) => l with { BpsWriteMaxLength = (uint)v },
        ["iops-total"] = static (l, v) => l with { IopsTotal = v },
        ["iops-total-max"] = static (l, v) => l with { IopsTotalMax = v },
        ["iops-total-max-length"] = static (l, v) => l with { IopsTotalMaxLength = (uint)v },
        ["iops-read"] = static (l, v) => l with { IopsRead = v },
        ["iops-read-max"] = static (l, v) => l with { IopsReadMax = v },
        ["iops-read-max-length"] = static (l, v) => l with { IopsReadMaxLength = (uint)v },
        ["iops-write"] = static (l, v) => l with { IopsWrite = v },
        ["iops-write-max"] = static (l, v) => l with { IopsWriteMax = v },
        ["iops-write-max-length"] = static (l, v) => l with { IopsWriteMaxLength = (uint)v },
        ["iops-size"] = static (l, v) => l with { IopsSize = v },
    };

    /// <summary>Whether anything is limited: bursts alone limit nothing.</summary>
    public bool IsAny => Limits is not
    {
        BpsTotal: null or 0, BpsRead: null or 0, BpsWrite: null or 0, IopsTotal: null or 0, IopsRead: null or 0, IopsWrite: null or 0,
    };

    /// <summary>Whether a key of -drive is read here.</summary>
    /// <param name="key">The key, by the name that counts.</param>
    public static bool HasKey(string key) => key == GroupKey || (key.StartsWith(Prefix, StringComparison.Ordinal) && Setters.ContainsKey(key[Prefix.Length..]));

    /// <summary>Reads the limits of an option.</summary>
    /// <param name="opts">The option's keys, by the names that count.</param>
    /// <returns>The limits.</returns>
    /// <exception cref="CommandLineException">A value is no number.</exception>
    /// <exception cref="Qapi.QmpException">The limits make no sense.</exception>
    public static DriveThrottling Read(QemuOpts opts)
    {
        var limits = new ThrottleLimits();
        foreach (string key in opts.Keys.Where(static key => key != GroupKey && HasKey(key)))
        {
            limits = Setters[key[Prefix.Length..]](limits, ReadNumber(key, opts[key]!));
        }

        ThrottleGroup.Check(limits);
        return new DriveThrottling(opts[GroupKey], limits);
    }

    private static long ReadNumber(string key, string text)
    {
        // Numbers have no sign there: a negative one is a very large one, which the limits do not go up to.
        if (CommandLineScalar.ReadNumber(text) is { } number)
        {
            return number < 0 ? long.MaxValue : number;
        }

        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
        {
            throw new CommandLineException($"Parameter '{key}' expects a number");
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? long.MaxValue
            : throw new CommandLineException($"Value '{text}' is too large for parameter '{key}'");
    }
}
