using System.Buffers;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>
/// What becomes of commands, members and values that are deprecated or unstable, as option -compat says: for clients that want to
/// know whether they use any. Used on the host's event loop only.
/// </summary>
/// <param name="profile">The release, which decides what is deprecated.</param>
internal sealed class CompatibilityPolicy(VersionProfile profile)
{
    private const string Deprecated = "deprecated";
    private const string Unstable = "unstable";
    private const string SchemaQuery = "query-qmp-schema";

    private readonly Dictionary<string, IntrospectionEntry> _entries = SchemaTable.Entries().ToDictionary(static e => e.Name, StringComparer.Ordinal);
    private readonly HashSet<string> _rejected = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);

    /// <summary>Whether anything is another way than without a policy.</summary>
    public bool IsActive => _rejected.Count + _hidden.Count > 0;

    /// <summary>Takes a setting.</summary>
    /// <param name="key">"deprecated-input" or another of the four.</param>
    /// <param name="value">"accept", "reject" or "hide".</param>
    public void Set(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        string feature = key.StartsWith(Unstable, StringComparison.Ordinal) ? Unstable : Deprecated;
        HashSet<string> features = key.EndsWith("-input", StringComparison.Ordinal) ? _rejected : _hidden;
        if (value == "accept")
        {
            features.Remove(feature);
        }
        else
        {
            features.Add(feature);
        }
    }

    /// <summary>Whether clients do not get an event.</summary>
    /// <param name="name">The event.</param>
    public bool HidesEvent(string name) => _entries.TryGetValue(name, out IntrospectionEntry? entry) && FindIn(_hidden, entry.Features) is not null;

    /// <summary>The command as the policy has it.</summary>
    /// <param name="command">The command.</param>
    public CommandDescriptor Apply(CommandDescriptor command)
    {
        ArgumentNullException.ThrowIfNull(command);
        IntrospectionEntry entry = _entries[command.Name];
        return new CommandDescriptor(command.Name, (arguments, context) => InvokeAsync(command, entry, arguments, context))
        {
            AllowOob = command.AllowOob,
            AllowPreconfig = command.AllowPreconfig,
            Programs = command.Programs,
            Since = command.Since,
            Removed = command.Removed,
        };
    }

    private async ValueTask<QapiResult> InvokeAsync(CommandDescriptor command, IntrospectionEntry entry, QObject? arguments, CommandContext context)
    {
        if (FindIn(_rejected, entry.Features) is { } feature)
        {
            throw new QmpException(QmpErrorClass.CommandNotFound, Tell(feature, "command", command.Name));
        }

        if (arguments is not null)
        {
            Check(entry.Arguments, arguments);
        }

        QapiResult result = await command.InvokeAsync(arguments, context);
        return _hidden.Count > 0 && result.Value is not null ? QapiResult.From(Prune(entry, result)) : result;
    }

    private void Check(string type, QObject value)
    {
        if (type.StartsWith('[') && value is QList list)
        {
            foreach (QObject item in list)
            {
                Check(type[1..^1], item);
            }
        }
        else if (_entries.TryGetValue(type, out IntrospectionEntry? entry))
        {
            CheckValue(entry, value);
        }
    }

    private void CheckValue(IntrospectionEntry entry, QObject value)
    {
        switch (value)
        {
            case QString text when entry.Kind == SchemaMetaType.Enum:
                if (Array.Find(entry.Members, m => m.Name == text.Value) is { } member && FindIn(_rejected, member.Features) is { } feature)
                {
                    throw new QmpException(Tell(feature, "value", text.Value));
                }

                break;
            case QDict dict when entry.Kind == SchemaMetaType.Object:
                CheckMembers(entry, dict);
                break;
            default:
                foreach (IntrospectionMember alternative in entry.Kind == SchemaMetaType.Alternate ? entry.Members : [])
                {
                    Check(alternative.Type, value);
                }

                break;
        }
    }

    // In the order of the schema, as they are read.
    private void CheckMembers(IntrospectionEntry entry, QDict dict)
    {
        foreach (IntrospectionMember member in MembersOf(entry, dict))
        {
            if (!dict.TryGetValue(member.Name, out QObject? value))
            {
                continue;
            }

            if (FindIn(_rejected, member.Features) is { } feature)
            {
                throw new QmpException(Tell(feature, "parameter", member.Name));
            }

            Check(member.Type, value);
        }
    }

    private IEnumerable<IntrospectionMember> MembersOf(IntrospectionEntry entry, QDict dict)
    {
        string? branch = entry.Tag is { } tag && dict.TryGetValue(tag, out QObject? value) && value is QString text
            ? Array.Find(entry.Variants, variant => variant.Name == text.Value)?.Type
            : null;
        IEnumerable<IntrospectionMember> own = entry.Members.Where(member => member.Marks.Include(profile));
        return branch is { Length: > 0 } ? own.Concat(MembersOf(_entries[branch], dict)) : own;
    }

    private QObject Prune(IntrospectionEntry entry, QapiResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        result.WriteTo(writer, profile);
        writer.Flush();
        QObject value = JsonParser.Parse(buffer.WrittenSpan);
        Prune(entry.Returns, value);
        return TurnRound(entry.Name == SchemaQuery && _hidden.Contains(Deprecated) ? SchemaPruning.WithoutDeprecated((QList)value) : value);
    }

    // Of members whose names share a place in the order of the wire, the one that was added last is written first.
    private static QObject TurnRound(QObject value)
    {
        if (value is QList list)
        {
            var items = new QList();
            foreach (QObject item in list)
            {
                items.Add(TurnRound(item));
            }

            return items;
        }

        if (value is not QDict dict)
        {
            return value;
        }

        var members = new QDict(dict.Count);
        foreach ((string name, QObject member) in dict.Reverse())
        {
            members.Add(name, TurnRound(member));
        }

        return members;
    }

    private void Prune(string type, QObject value)
    {
        if (type.StartsWith('[') && value is QList list)
        {
            foreach (QObject item in list)
            {
                Prune(type[1..^1], item);
            }
        }
        else if (value is QDict dict && _entries.TryGetValue(type, out IntrospectionEntry? entry))
        {
            PruneMembers(entry, dict);
        }
    }

    private void PruneMembers(IntrospectionEntry entry, QDict dict)
    {
        foreach (IntrospectionMember alternative in entry.Kind == SchemaMetaType.Alternate ? entry.Members : [])
        {
            Prune(alternative.Type, dict);
        }

        foreach (IntrospectionMember member in entry.Kind == SchemaMetaType.Object ? MembersOf(entry, dict).ToArray() : [])
        {
            if (FindIn(_hidden, member.Features) is not null)
            {
                dict.Remove(member.Name);
            }
            else if (dict.TryGetValue(member.Name, out QObject? value))
            {
                Prune(member.Type, value);
            }
        }
    }

    private string? FindIn(HashSet<string> wanted, IntrospectionFeature[] features)
    {
        foreach (IntrospectionFeature feature in features)
        {
            if (wanted.Contains(feature.Name) && feature.Marks.Include(profile))
            {
                return feature.Name;
            }
        }

        return null;
    }

    private static string Tell(string feature, string what, string name)
        => $"{(feature == Unstable ? "Unstable" : "Deprecated")} {what} {name} disabled by policy";
}
