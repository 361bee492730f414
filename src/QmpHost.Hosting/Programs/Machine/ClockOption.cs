using System.Globalization;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks the value of -rtc: what the guest's clock shows, and what moves it.</summary>
internal static class ClockOption
{
    private static readonly string[] Sources = ["host", "rt", "vm"];
    private static readonly string[] Fixes = ["none", "slew"];
    private static readonly string[] Formats = ["yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd"];

    /// <summary>Checks an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="environment">The program's surroundings.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    public static void Check(GivenOption option, ProgramEnvironment environment)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "rtc", null).Read(option, environment.Warn);
        if (opts["base"] is { } start && start is not ("utc" or "localtime")
            && !DateTime.TryParseExact(start, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            throw new CommandLineException("invalid datetime format\nvalid formats: '2006-06-17T16:01:21' or '2006-06-17'");
        }

        CheckWord(opts["clock"], Sources);
        CheckWord(opts["driftfix"], Fixes);
    }

    private static void CheckWord(string? value, string[] words)
    {
        if (value is not null && !words.Contains(value))
        {
            throw new CommandLineException($"invalid option value '{value}'");
        }
    }
}
