namespace QmpHost.IoTests.Harness;

/// <summary>The parsed command line. Options win over the environment variables of the same purpose.</summary>
public sealed record CommandLine(string Command, IReadOnlyList<string> Names, int Repeat, int Seed, string? Release, IoTestSettings Settings)
{
    /// <summary>Parses the arguments.</summary>
    /// <exception cref="ArgumentException">An unknown option or command.</exception>
    public static CommandLine Parse(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args[0] is not ("list" or "run" or "check" or "record" or "kill"))
        {
            throw new ArgumentException($"unknown command '{args[0]}'");
        }

        IoTestSettings settings = IoTestSettings.FromEnvironment();
        var names = new List<string>();
        int repeat = 1;
        int seed = 1;
        string? release = null;
        for (int i = 1; i < args.Length; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                names.Add(args[i]);
                continue;
            }

            string value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            switch (args[i++])
            {
                case "--target":
                    settings = settings with { Target = value };
                    break;
                case "--program":
                    settings = settings with { ProgramPath = value };
                    break;
                case "--profile":
                    settings = settings with { Profile = value };
                    break;
                case "--release":
                    release = value;
                    break;
                case "--pace":
                    settings = settings with { Pace = TimeSpan.FromMilliseconds(int.Parse(value, System.Globalization.CultureInfo.InvariantCulture)) };
                    break;
                case "--repeat":
                    repeat = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    seed = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                default:
                    throw new ArgumentException($"unknown option '{args[i - 1]}'");
            }
        }

        return new CommandLine(args[0], names, repeat, seed, release, args[0] == "record" ? settings with { Target = "oracle" } : settings);
    }
}
