using QmpHost.Qapi;

namespace QmpHost.Shell;

/// <summary>What a server takes, as its own introspection tells it: for completion, and for the types of what is typed.</summary>
internal sealed class QmpSchema
{
    private readonly Dictionary<string, QDict> _entries;

    /// <summary>Reads the answer to query-qmp-schema.</summary>
    /// <param name="schema">The answer.</param>
    public QmpSchema(QList schema)
    {
        _entries = schema.OfType<QDict>().ToDictionary(static entry => Text(entry, "name"), StringComparer.Ordinal);
        Commands = [.. _entries.Values.Where(static entry => Text(entry, "meta-type") == "command").Select(static entry => Text(entry, "name")).Order(StringComparer.Ordinal)];
    }

    /// <summary>The commands in alphabetical order.</summary>
    public IReadOnlyList<string> Commands { get; }

    /// <summary>The type of a command's arguments, or null.</summary>
    public string? ArgumentsOf(string command)
        => _entries.TryGetValue(command, out QDict? entry) && entry.ContainsKey("arg-type") ? Text(entry, "arg-type") : null;

    /// <summary>What a type is: "object", "enum", "builtin", "array", "alternate"; empty for one that is not known.</summary>
    public string MetaType(string type) => _entries.TryGetValue(type, out QDict? entry) ? Text(entry, "meta-type") : string.Empty;

    /// <summary>The members of an object, with those of the branch that is chosen.</summary>
    /// <param name="type">The object's type.</param>
    /// <param name="given">What was given so far.</param>
    public IReadOnlyDictionary<string, string> Members(string type, QDict given)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        Collect(type, given, members);
        return members;
    }

    /// <summary>The values of an enumeration.</summary>
    public IReadOnlyList<string> Values(string type)
    {
        if (!_entries.TryGetValue(type, out QDict? entry))
        {
            return [];
        }

        return entry.TryGetValue("members", out QObject? members) && members is QList list
            ? [.. list.OfType<QDict>().Select(static member => Text(member, "name"))]
            : entry.TryGetValue("values", out QObject? values) && values is QList names ? [.. names.OfType<QString>().Select(static name => name.Value)] : [];
    }

    /// <summary>The JSON type of a built-in type, such as "int" or "boolean".</summary>
    public string JsonType(string type) => _entries.TryGetValue(type, out QDict? entry) ? Text(entry, "json-type") : string.Empty;

    /// <summary>The types that an alternate may have, or those of the elements of a list.</summary>
    public IReadOnlyList<string> Alternatives(string type)
        => _entries.TryGetValue(type, out QDict? entry) && entry.TryGetValue("members", out QObject? members) && members is QList list
            ? [.. list.OfType<QDict>().Select(static member => Text(member, "type"))]
            : [];

    private static string Text(QDict value, string name) => value.TryGetValue(name, out QObject? member) && member is QString text ? text.Value : string.Empty;

    private void Collect(string type, QDict given, Dictionary<string, string> members)
    {
        if (!_entries.TryGetValue(type, out QDict? entry) || Text(entry, "meta-type") != "object")
        {
            return;
        }

        foreach (QDict member in ((QList)entry["members"]).OfType<QDict>())
        {
            members.TryAdd(Text(member, "name"), Text(member, "type"));
        }

        if (entry.ContainsKey("tag") && given.TryGetValue(Text(entry, "tag"), out QObject? chosen) && chosen is QString value
            && ((QList)entry["variants"]).OfType<QDict>().FirstOrDefault(variant => Text(variant, "case") == value.Value) is { } branch)
        {
            Collect(Text(branch, "type"), given, members);
        }
    }
}
