using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>
/// Says which commands, members and behaviours of a conversation exist or answer differently in which of some releases: for
/// people whose software is to work with several. Any thread, one at a time.
/// </summary>
public sealed class ConversationLint
{
    private readonly VersionProfile[] _profiles;
    private readonly Dictionary<string, IntrospectionEntry> _entries = SchemaTable.Entries().ToDictionary(static e => e.Name, StringComparer.Ordinal);
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answers = new(StringComparer.Ordinal);
    private readonly List<string> _findings = [];

    /// <summary>Begins a conversation.</summary>
    /// <param name="profiles">The releases.</param>
    public ConversationLint(IEnumerable<VersionProfile> profiles)
    {
        _profiles = [.. profiles];
    }

    /// <summary>Judges a command.</summary>
    /// <param name="line">Its place, for the findings.</param>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Its arguments, or null.</param>
    public void Add(int line, string command, QDict? arguments)
    {
        _words.Add(command);
        if (!_entries.TryGetValue(command, out IntrospectionEntry? entry) || entry.Kind != SchemaMetaType.Command)
        {
            _findings.Add($"line {line}: {command} is not known");
            return;
        }

        string place = $"line {line}: {command}";
        Tell(place, entry.Marks);
        TellFeatures(place, entry.Features);
        if (arguments is not null)
        {
            Walk(place, entry.Arguments, arguments);
        }

        if (_answers.Add(command))
        {
            WalkAnswer($"{command} answers", entry.Returns, new HashSet<string>(StringComparer.Ordinal));
        }
    }

    /// <summary>What was found so far; behaviours that concern what was named come last.</summary>
    /// <returns>A line for each finding.</returns>
    public IReadOnlyList<string> Findings() =>
    [
        .. _findings,
        .. BehaviourTable.All
            .Where(b => b.Concerns.Any(_words.Contains))
            .Where(b => _profiles.Select(p => p.Has(b.Behaviour)).Distinct().Count() > 1)
            .Select(b => $"behaviour {b.Behaviour}: {b.Summary}: {Releases(p => p.Has(b.Behaviour))} only"),
    ];

    private void Walk(string place, string type, QObject value)
    {
        if (type.StartsWith('[') && value is QList list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                Walk(place, type[1..^1], list[i]);
            }
        }
        else if (_entries.TryGetValue(type, out IntrospectionEntry? entry))
        {
            WalkEntry(place, entry, value);
        }
    }

    private void WalkEntry(string place, IntrospectionEntry entry, QObject value)
    {
        switch (value)
        {
            case QString text when entry.Kind == SchemaMetaType.Enum:
                WalkMember($"{place}: value '{text.Value}'", Array.Find(entry.Members, m => m.Name == text.Value), null);
                break;
            case QDict dict when entry.Kind == SchemaMetaType.Object:
                WalkObject(place, entry, dict);
                break;
            default:
                foreach (IntrospectionMember alternative in entry.Kind == SchemaMetaType.Alternate ? entry.Members : [])
                {
                    Walk(place, alternative.Type, value);
                }

                break;
        }
    }

    private void WalkObject(string place, IntrospectionEntry entry, QDict dict)
    {
        IEnumerable<IntrospectionMember> members = entry.Members;
        if (entry.Tag is { } tag && dict.TryGetValue(tag, out QObject? value) && value is QString text)
        {
            _words.Add(text.Value);
            string? branch = Array.Find(entry.Variants, v => v.Name == text.Value)?.Type;
            members = branch is { Length: > 0 } ? members.Concat(_entries[branch].Members) : members;
        }

        foreach ((string name, QObject given) in dict)
        {
            WalkMember($"{place}: '{name}'", members.FirstOrDefault(m => m.Name == name), given);
        }
    }

    private void WalkMember(string place, IntrospectionMember? member, QObject? value)
    {
        if (member is null)
        {
            _findings.Add($"{place} is not known");
            return;
        }

        Tell(place, member.Marks);
        TellFeatures(place, member.Features);
        if (member.Was is { Type: { } former } was && value is not null)
        {
            TellIf(place + $" is of type {former}", p => !p.Shows(was.Until, null));
        }

        if (value is not null)
        {
            Walk(place, member.Type, value);
        }
    }

    private void WalkAnswer(string place, string type, HashSet<string> seen)
    {
        string name = type.Trim('[', ']');
        if (!seen.Add(name) || !_entries.TryGetValue(name, out IntrospectionEntry? entry) || entry.Kind == SchemaMetaType.Enum)
        {
            return;
        }

        foreach (IntrospectionMember member in entry.Members)
        {
            Tell($"{place} with '{member.Name}' of {name}", member.Marks);
            WalkAnswer(place, member.Type, seen);
        }

        foreach (IntrospectionMember variant in entry.Variants)
        {
            WalkAnswer(place, variant.Type, seen);
        }
    }

    private void Tell(string place, IntrospectionMarks marks) => TellIf(place, marks.Include);

    private void TellFeatures(string place, IntrospectionFeature[] features)
    {
        foreach (IntrospectionFeature feature in features)
        {
            if (_profiles.Any(feature.Marks.Include))
            {
                _findings.Add($"{place} is {feature.Name} in {Releases(feature.Marks.Include)}");
            }
        }
    }

    // What every release has is worth no line, nor is what none has if it is only an answer.
    private void TellIf(string place, Func<VersionProfile, bool> isThere)
    {
        int count = _profiles.Count(isThere);
        if (count < _profiles.Length)
        {
            _findings.Add(count == 0 ? $"{place}: in none of them" : $"{place}: {Releases(isThere)} only");
        }
    }

    private string Releases(Func<VersionProfile, bool> isThere) => string.Join(", ", _profiles.Where(isThere).Select(static p => p.ToString()));
}
