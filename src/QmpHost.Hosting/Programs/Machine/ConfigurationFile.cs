using System.Text.RegularExpressions;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The file of -readconfig: groups of keys and values, each of which stands for an option.</summary>
internal static partial class ConfigurationFile
{
    private static readonly Dictionary<string, string> OptionOfGroup = new(StringComparer.Ordinal)
    {
        ["smp-opts"] = "smp",
        ["boot-opts"] = "boot",
        ["memory"] = "m",
    };

    /// <summary>Puts the options of such files in the place of the options that name them.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="program">The program's name in messages.</param>
    /// <exception cref="CommandLineException">A file cannot be read, or has a line that is wrong.</exception>
    /// <returns>The command line without -readconfig.</returns>
    public static IReadOnlyList<GivenOption> Expand(IReadOnlyList<GivenOption> options, string program)
        => options.Any(static option => option.Name == "readconfig")
            ? [.. options.SelectMany(option => option.Name == "readconfig" ? Read(option, program) : [option])]
            : options;

    private static List<GivenOption> Read(GivenOption option, string program)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(option.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string reason = e is UnauthorizedAccessException ? "Permission denied" : "No such file or directory";
            throw new CommandLineException(option, $"Could not open '{option.Value}': {reason}");
        }

        var groups = new List<(string Name, List<string> Items)>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (!TakeLine(lines[i].Trim(), groups))
            {
                throw new CommandLineException($"{program}:{option.Value}:{i + 1}: parse error") { IsBare = true };
            }
        }

        return [.. groups.Select(ToOption)];
    }

    private static bool TakeLine(string line, List<(string Name, List<string> Items)> groups)
    {
        if (line.Length == 0 || line[0] == '#')
        {
            return true;
        }

        if (Header().Match(line) is { Success: true } header)
        {
            List<string> items = header.Groups["id"] is { Success: true } id ? [$"id={Escape(id.Value)}"] : [];
            groups.Add((header.Groups["name"].Value, items));
            return true;
        }

        if (groups.Count > 0 && Item().Match(line) is { Success: true } item)
        {
            groups[^1].Items.Add($"{item.Groups["key"].Value}={Escape(item.Groups["value"].Value)}");
            return true;
        }

        return false;
    }

    private static GivenOption ToOption((string Name, List<string> Items) group)
    {
        string name = OptionOfGroup.GetValueOrDefault(group.Name, group.Name), value = string.Join(',', group.Items);
        return new GivenOption(name, value, $"-{name} {value}");
    }

    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    [GeneratedRegex("""^\[\s*(?<name>[A-Za-z0-9_-]+)(?:\s+"(?<id>[^"]+)")?\s*\]$""")]
    private static partial Regex Header();

    [GeneratedRegex("""^(?<key>[A-Za-z0-9_.-]+)\s*=\s*"(?<value>[^"]*)"$""")]
    private static partial Regex Item();
}
