using System.Globalization;
using System.Text;
using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>Reads rules from a file of sections "[inject-error]" and "[set-state]" with lines of the form key = "value".</summary>
internal static class BlkdebugConfigFile
{
    private const int SectorSize = 512;

    private static readonly string[] InjectKeys = ["event", "state", "iotype", "errno", "sector", "once", "immediately"];
    private static readonly string[] SetStateKeys = ["event", "state", "new_state"];

    /// <summary>Reads all rules of a file: errors first, then changes of state, each in their order.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <exception cref="QmpException">The file cannot be read or makes no sense.</exception>
    public static List<BlkdebugRule> Read(string path, VersionProfile profile)
    {
        string what = profile.Has(Behaviour.BlkdebugNamesItsFile) ? $"Could not open '{path}'" : "Could not read blkdebug config file";
        byte[] contents = SystemFile.ReadAllBytes(path, out int error) ?? throw new QmpException($"{what}: {SystemFile.Describe(error)}");
        List<(string Group, Dictionary<string, string> Values)> sections = Parse(Encoding.UTF8.GetString(contents).ReplaceLineEndings("\n").Split('\n'));
        List<BlkdebugRule> rules = [];
        rules.AddRange(sections.Where(s => s.Group == "inject-error").Select(s => Inject(s.Values)));
        rules.AddRange(sections.Where(s => s.Group == "set-state").Select(s => SetState(s.Values)));
        return rules;
    }

    private static List<(string Group, Dictionary<string, string> Values)> Parse(string[] lines)
    {
        List<(string Group, Dictionary<string, string> Values)> sections = [];
        foreach (string raw in lines)
        {
            string line = raw.TrimStart();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line[0] == '[')
            {
                sections.Add((Section(line), []));
                continue;
            }

            if (sections.Count == 0)
            {
                throw new QmpException("Could not parse blkdebug config file: Invalid argument");
            }

            (string group, Dictionary<string, string> values) = sections[^1];
            (string key, string value) = KeyAndValue(line);
            if (!(group == "inject-error" ? InjectKeys : SetStateKeys).Contains(key))
            {
                throw new QmpException($"Invalid parameter '{key}'");
            }

            values[key] = value;
        }

        return sections;
    }

    private static string Section(string line)
    {
        int end = line.IndexOf(']', StringComparison.Ordinal);
        string group = end < 0 ? line[1..] + "\n" : line[1..end];
        int id = group.IndexOf(" \"", StringComparison.Ordinal);
        group = id > 0 ? group[..id] : group;
        return group is "inject-error" or "set-state" ? group : throw new QmpException($"There is no option group '{group}'");
    }

    // A value without quotes counts as empty.
    private static (string Key, string Value) KeyAndValue(string line)
    {
        int end = line.AsSpan().IndexOfAny(" \t=");
        string key = end < 0 ? line.TrimEnd() : line[..end];
        string rest = end < 0 ? "" : line[end..].Trim();
        if (!rest.StartsWith('='))
        {
            return (key, "");
        }

        rest = rest[1..].TrimStart();
        int close = rest.StartsWith('"') ? rest.IndexOf('"', 1) : -1;
        return (key, close > 0 ? rest[1..close] : "");
    }

    private static InjectErrorRule Inject(Dictionary<string, string> values)
    {
        long sector = Number(values, "sector", -1);
        return new InjectErrorRule
        {
            Event = Event(values),
            State = Number(values, "state", 0),
            IoType = IoType(values),
            Error = (Errno)(int)Number(values, "errno", (int)Errno.EIO),
            Offset = sector == -1 ? -1 : sector * SectorSize,
            Once = Flag(values, "once"),
            Immediately = Flag(values, "immediately"),
        };
    }

    private static SetStateRule SetState(Dictionary<string, string> values) => new()
    {
        Event = Event(values),
        State = Number(values, "state", 0),
        NewState = Number(values, "new_state", 0),
    };

    private static BlkdebugEvent Event(Dictionary<string, string> values)
    {
        if (!values.TryGetValue("event", out string? name))
        {
            throw new QmpException("Missing event name for rule");
        }

        return BlkdebugEventEnum.TryParse(name, out BlkdebugEvent debugEvent)
            ? debugEvent
            : throw new QmpException($"invalid parameter value: {name}");
    }

    private static BlkdebugIOType? IoType(Dictionary<string, string> values)
    {
        if (!values.TryGetValue("iotype", out string? name))
        {
            return null;
        }

        return BlkdebugIOTypeEnum.TryParse(name, out BlkdebugIOType type) ? type : throw new QmpException($"invalid parameter value: {name}");
    }

    private static long Number(Dictionary<string, string> values, string key, long otherwise)
    {
        if (!values.TryGetValue(key, out string? text))
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new QmpException($"Parameter '{key}' expects a number");
    }

    private static bool Flag(Dictionary<string, string> values, string key)
    {
        if (!values.TryGetValue(key, out string? text))
        {
            return false;
        }

        return text switch
        {
            "on" or "yes" or "true" or "y" => true,
            "off" or "no" or "false" or "n" => false,
            _ => throw new QmpException($"Parameter '{key}' expects 'on' or 'off'"),
        };
    }
}
