using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The option -set: a key of an option that stands before it and has an id.</summary>
internal static class SetOption
{
    private const string Objects = "object";

    private static readonly string[] Groups =
    [
        "drive", "device", "chardev", "netdev", "mon", "fsdev", "iscsi", "rtc", "global", "trace", "option-rom", "machine", "name", "msg", "numa",
        "sandbox", "overcommit", "action", "tpmdev", "icount", "semihosting-config", "fw_cfg", "accel", "smp-opts", "boot-opts", "memory",
    ];

    /// <summary>Puts the keys into the options that they are for; the texts of those, which errors begin with, stay as given.</summary>
    /// <param name="options">The command line.</param>
    /// <exception cref="CommandLineException">There is no such option.</exception>
    /// <returns>The command line without -set.</returns>
    public static IReadOnlyList<GivenOption> Apply(IReadOnlyList<GivenOption> options)
    {
        if (!options.Any(static option => option.Name == "set"))
        {
            return options;
        }

        var applied = new List<GivenOption>();
        foreach (GivenOption option in options)
        {
            if (option.Name == "set")
            {
                Set(applied, option);
            }
            else
            {
                applied.Add(option);
            }
        }

        return applied;
    }

    private static void Set(List<GivenOption> options, GivenOption option)
    {
        string[] name = option.Value.Split('=')[0].Split('.', 3);
        if (!option.Value.Contains('=', StringComparison.Ordinal) || name.Length != 3 || name.Any(static part => part.Length == 0))
        {
            throw new CommandLineException(option, $"can't parse: \"{option.Value}\"");
        }

        string value = option.Value[(option.Value.IndexOf('=', StringComparison.Ordinal) + 1)..];
        if (name[0] == Objects)
        {
            throw new CommandLineException(option, "-set is not supported with object");
        }

        if (!Groups.Contains(name[0]))
        {
            throw new CommandLineException(option, $"There is no option group '{name[0]}'");
        }

        int index = options.FindIndex(candidate => IsOf(candidate, name[0]) && IdOf(candidate) == name[1]);
        if (index < 0)
        {
            throw new CommandLineException(option, $"there is no {name[0]} \"{name[1]}\" defined");
        }

        GivenOption target = options[index];
        options[index] = target with { Value = $"{target.Value},{name[2]}={value.Replace(",", ",,", StringComparison.Ordinal)}" };
    }

    private static bool IsOf(GivenOption option, string group)
        => option.Name == group && !option.Value.StartsWith('{');

    private static string? IdOf(GivenOption option) => QemuOpts.Parse(option.Value, option.Name == "mon" ? "chardev" : "driver")["id"];
}
