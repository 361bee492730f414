using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.IoTests.Coverage;

/// <summary>
/// Counts for each part of the schema that a client can name, or that an event shows, in how many recordings it occurs: commands,
/// options (members of arguments, by their type), values of enums, events.
/// </summary>
internal sealed class SchemaCoverage
{
    private readonly Dictionary<string, IntrospectionEntry> _entries = SchemaTable.Entries().ToDictionary(static e => e.Name, StringComparer.Ordinal);
    private readonly SortedDictionary<SchemaPart, int> _counts = [];
    private readonly HashSet<string> _seenTypes = new(StringComparer.Ordinal);

    /// <summary>Makes the table, with nothing counted.</summary>
    /// <param name="programs">Whose commands and events are looked at, of every release.</param>
    public SchemaCoverage(params QmpProgram[] programs)
    {
        IEnumerable<string> names = programs.SelectMany(static program => VersionProfile.Known.SelectMany(
            release => SchemaTable.CommandsAndEvents(program, new VersionProfile(release))));
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            IntrospectionEntry entry = _entries[name];
            bool isEvent = entry.Kind == SchemaMetaType.Event;
            _counts.TryAdd(new SchemaPart(isEvent ? PartKind.Event : PartKind.Command, "", name), 0);
            Enlist(name, entry.Arguments, isEvent);
        }
    }

    /// <summary>The parts and in how many recordings each occurs.</summary>
    public IReadOnlyDictionary<SchemaPart, int> Counts => _counts;

    /// <summary>Counts a recording.</summary>
    /// <param name="conversation">The recording.</param>
    public void Add(RecordedConversation conversation)
    {
        var found = new HashSet<SchemaPart>();
        foreach (QDict command in conversation.Commands)
        {
            bool isOob = command.TryGetValue("exec-oob", out QObject? name);
            if ((isOob || command.TryGetValue("execute", out name)) && name is QString { Value: { } text })
            {
                Walk(found, PartKind.Command, text, command.TryGetValue("arguments", out QObject? arguments) ? arguments : null);
            }
        }

        foreach (QDict shown in conversation.Events)
        {
            Walk(found, PartKind.Event, ((QString)shown["event"]).Value, shown.TryGetValue("data", out QObject? data) ? data : null);
        }

        foreach (SchemaPart part in found)
        {
            if (_counts.TryGetValue(part, out int count))
            {
                _counts[part] = count + 1;
            }
        }
    }

    private void Enlist(string owner, string type, bool isEvent)
    {
        string name = type.Trim('[', ']');
        if (!_entries.TryGetValue(name, out IntrospectionEntry? entry) || !_seenTypes.Add(isEvent ? name + "!" : name))
        {
            return;
        }

        string title = TitleOf(owner, name);
        foreach (IntrospectionMember member in entry.Members)
        {
            PartKind? kind = entry.Kind == SchemaMetaType.Enum ? PartKind.Value : entry.Kind == SchemaMetaType.Object && !isEvent ? PartKind.Option : null;
            if (kind is { } given)
            {
                _counts.TryAdd(new SchemaPart(given, title, member.Name), 0);
            }

            Enlist(title, member.Type, isEvent);
        }

        foreach (IntrospectionMember variant in entry.Variants)
        {
            Enlist(title, variant.Type, isEvent);
        }
    }

    private void Walk(HashSet<SchemaPart> found, PartKind kind, string name, QObject? value)
    {
        found.Add(new SchemaPart(kind, "", name));
        if (value is not null && _entries.TryGetValue(name, out IntrospectionEntry? entry))
        {
            Walk(found, name, entry.Arguments, value);
        }
    }

    private void Walk(HashSet<SchemaPart> found, string owner, string type, QObject value)
    {
        if (type.StartsWith('[') && value is QList list)
        {
            foreach (QObject item in list)
            {
                Walk(found, owner, type[1..^1], item);
            }
        }
        else if (_entries.TryGetValue(type, out IntrospectionEntry? entry))
        {
            WalkEntry(found, TitleOf(owner, type), entry, value);
        }
    }

    private void WalkEntry(HashSet<SchemaPart> found, string title, IntrospectionEntry entry, QObject value)
    {
        if (entry.Kind == SchemaMetaType.Enum && value is QString text)
        {
            found.Add(new SchemaPart(PartKind.Value, title, text.Value));
        }
        else if (entry.Kind == SchemaMetaType.Object && value is QDict dict)
        {
            WalkObject(found, title, entry, dict);
        }
        else if (entry.Kind == SchemaMetaType.Alternate)
        {
            foreach (IntrospectionMember alternative in entry.Members)
            {
                Walk(found, title, alternative.Type, value);
            }
        }
    }

    private void WalkObject(HashSet<SchemaPart> found, string title, IntrospectionEntry entry, QDict dict)
    {
        foreach (IntrospectionMember member in entry.Members)
        {
            if (dict.TryGetValue(member.Name, out QObject? given))
            {
                found.Add(new SchemaPart(PartKind.Option, title, member.Name));
                Walk(found, title, member.Type, given);
            }
        }

        string? branch = entry.Tag is { } tag && dict.TryGetValue(tag, out QObject? chosen) && chosen is QString choice
            ? Array.Find(entry.Variants, variant => variant.Name == choice.Value)?.Type
            : null;
        if (branch is not null)
        {
            Walk(found, title, branch, dict);
        }
    }

    // Arguments that have no type of their own are the command's.
    private static string TitleOf(string owner, string type) => type.EndsWith(" (data)", StringComparison.Ordinal) ? owner : type;
}
