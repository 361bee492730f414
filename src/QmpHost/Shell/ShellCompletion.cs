using QmpHost.Qapi;

namespace QmpHost.Shell;

/// <summary>What the last word of a line may become: commands, members, values of enumerations, names of nodes and jobs.</summary>
/// <param name="schema">The server's schema.</param>
/// <param name="names">The names that there are just now, by kind: "node" and "job".</param>
internal sealed class ShellCompletion(QmpSchema schema, Func<string, IReadOnlyList<string>> names)
{
    private static readonly HashSet<string> JobMembers = ["id", "job-id"];

    private static readonly HashSet<string> NodeMembers
        = ["node-name", "device", "node", "target", "file", "backing", "base-node", "top-node", "source", "overlay", "snapshot-node"];

    /// <summary>Completes a line.</summary>
    /// <param name="text">The line up to the cursor.</param>
    /// <returns>What the whole last word may be.</returns>
    public IReadOnlyList<string> Complete(string text)
    {
        int start = text.LastIndexOf(' ') + 1;
        string word = text[start..];
        if (start == 0)
        {
            return Matching(schema.Commands.Concat(ShellSession.OwnCommands), word);
        }

        string before = text[..start];
        string command = ShellLine.Split(before)[0];
        if (schema.ArgumentsOf(command) is not { } type)
        {
            return [];
        }

        QDict given = Given(before);
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? Members(type, given, word) : Values(command, type, given, word[..equals], word[(equals + 1)..]);
    }

    private static string[] Matching(IEnumerable<string> words, string beginning)
        => [.. words.Where(word => word.StartsWith(beginning, StringComparison.Ordinal)).Distinct()];

    private QDict Given(string before)
    {
        try
        {
            return ShellLine.Parse(before, schema).Arguments ?? new QDict();
        }
        catch (QmpException)
        {
            return new QDict();
        }
    }

    private string[] Members(string type, QDict given, string word)
    {
        string prefix = word[..(word.LastIndexOf('.') + 1)];
        (string? inner, QDict target) = Descend(type, given, prefix.Split('.', StringSplitOptions.RemoveEmptyEntries));
        return inner is null ? [] : Matching(schema.Members(inner, target).Where(member => !target.ContainsKey(member.Key)).Select(member => prefix + member.Key
            + (IsObject(member.Value) ? "." : "=")), word);
    }

    private string[] Values(string command, string type, QDict given, string path, string beginning)
    {
        string[] steps = path.Split('.');
        (string? inner, QDict target) = Descend(type, given, steps[..^1]);
        if (inner is null || !schema.Members(inner, target).TryGetValue(steps[^1], out string? member))
        {
            return [];
        }

        IEnumerable<string> values = schema.MetaType(member) == "enum" ? schema.Values(member)
            : schema.JsonType(member) == "boolean" ? ["true", "false"]
            : JobMembers.Contains(steps[^1]) || (steps[^1] == "device" && command.StartsWith("block-job-", StringComparison.Ordinal)) ? names("job")
            : NodeMembers.Contains(steps[^1]) ? names("node")
            : [];
        return Matching(values.Select(value => $"{path}={value}"), $"{path}={beginning}");
    }

    private (string? Type, QDict Given) Descend(string type, QDict given, string[] steps)
    {
        string? current = type;
        foreach (string step in steps)
        {
            current = current is null ? null : ObjectOf(schema.Members(current, given).GetValueOrDefault(step));
            given = given.TryGetValue(step, out QObject? inner) && inner is QDict dict ? dict : new QDict();
        }

        return (current, given);
    }

    private bool IsObject(string type) => schema.MetaType(type) == "object";

    private string? ObjectOf(string? type) => type is null ? null
        : schema.MetaType(type) == "alternate" ? schema.Alternatives(type).FirstOrDefault(IsObject)
        : type;
}
