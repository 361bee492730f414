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

    /// <summary>Whether anything is limited: bursts alone limit nothing.</summary>
    public bool IsAny => Limits is not
    {
        BpsTotal: null or 0, BpsRead: null or 0, BpsWrite: null or 0, IopsTotal: null or 0, IopsRead: null or 0, IopsWrite: null or 0,
    };

    /// <summary>Whether a key of -drive is read here.</summary>
    /// <param name="key">The key, by the name that counts.</param>
    public static bool HasKey(string key) => key == GroupKey || Find(key) is not null;

    /// <summary>Reads the limits of an option.</summary>
    /// <param name="opts">The option's keys, by the names that count.</param>
    /// <returns>The limits.</returns>
    /// <exception cref="CommandLineException">A value is no number.</exception>
    /// <exception cref="Qapi.QmpException">The limits make no sense.</exception>
    public static DriveThrottling Read(QemuOpts opts)
    {
        var limits = new ThrottleLimits();
        foreach (string key in opts.Keys)
        {
            if (Find(key) is { } member)
            {
                long number = ReadNumber(key, opts[key]!);
                limits = member.With(limits, member.IsLength ? (uint)number : number);
            }
        }

        ThrottleGroup.Check(limits);
        return new DriveThrottling(opts[GroupKey], limits);
    }

    private static ThrottleLimitMember? Find(string key)
        => key.StartsWith(Prefix, StringComparison.Ordinal) ? ThrottleLimitMember.Find(key[Prefix.Length..]) : null;

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
