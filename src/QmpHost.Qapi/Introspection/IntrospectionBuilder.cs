using System.Globalization;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>
/// Lists the schema as QEMU does: commands and events in the order of the schema, then each type that is used, in the order of first use.
/// Names of types are no part of the interface, so that each is replaced by a number.
/// </summary>
internal sealed class IntrospectionBuilder(IReadOnlyDictionary<string, IntrospectionEntry> types, VersionProfile profile)
{
    /// <summary>The type without members.</summary>
    public const string EmptyObject = "";

    private readonly Dictionary<string, string> _masks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _queue = [];
    private readonly List<SchemaInfo> _result = [];

    public IReadOnlyList<SchemaInfo> Build(IEnumerable<IntrospectionEntry> commandsAndEvents)
    {
        foreach (IntrospectionEntry entry in commandsAndEvents)
        {
            if (entry.Marks.Include(profile))
            {
                Add(entry.Name, entry.Kind, entry.Features, Describe(entry));
            }
        }

        for (int i = 0; i < _queue.Count; i++)
        {
            AddType(_queue[i]);
        }

        return _result;
    }

    private void AddType(string type)
    {
        if (type.StartsWith('['))
        {
            string element = Use(type[1..^1]);
            Add($"[{element}]", SchemaMetaType.Array, [], new SchemaInfoArray { ElementType = element });
        }
        else if (JsonTypeOf(type) is { } json)
        {
            Add(type, SchemaMetaType.Builtin, [], new SchemaInfoBuiltin { JsonType = json });
        }
        else if (type == EmptyObject)
        {
            Add(Use(type), SchemaMetaType.Object, [], new SchemaInfoObject { Members = [] });
        }
        else
        {
            IntrospectionEntry entry = types[type];
            Add(Use(type), entry.Kind, entry.Features, Describe(entry));
        }
    }

    private ISchemaInfoBranch Describe(IntrospectionEntry entry) => entry.Kind switch
    {
        SchemaMetaType.Command => new SchemaInfoCommand
        {
            ArgType = Use(entry.Arguments),
            RetType = Use(entry.Returns),
            AllowOob = entry.AllowOob ? true : null,
        },
        SchemaMetaType.Event => new SchemaInfoEvent { ArgType = Use(entry.Arguments) },
        SchemaMetaType.Enum => DescribeEnum(entry),
        SchemaMetaType.Alternate => new SchemaInfoAlternate
        {
            Members = Visible(entry.Members).Select(m => new SchemaInfoAlternateMember { Type = Use(m.Type) }).ToArray(),
        },
        _ => DescribeObject(entry),
    };

    private SchemaInfoEnum DescribeEnum(IntrospectionEntry entry) => new()
    {
        Members = Visible(entry.Members).Select(m => new SchemaInfoEnumMember { Name = m.Name, Features = Shown(m.Features) }).ToArray(),
        Values = Visible(entry.Members).Select(m => m.Name).ToArray(),
    };

    private SchemaInfoObject DescribeObject(IntrospectionEntry entry) => new()
    {
        Members = InOrder(entry).Select(DescribeMember).ToArray(),
        Tag = TagOf(entry),
        Variants = TagOf(entry) is null
            ? null
            : Visible(entry.Variants).Select(v => new SchemaInfoObjectVariant { Case = v.Name, Type = Use(v.Type) }).ToArray(),
    };

    private SchemaInfoObjectMember DescribeMember(IntrospectionMember member)
    {
        FormerMember? was = member.Was is { } former && !profile.Shows(former.Until, null) ? former : null;
        return new SchemaInfoObjectMember
        {
            Name = member.Name,
            Type = Use(was?.Type ?? member.Type),
            Default = was?.IsOptional ?? member.IsOptional ? QNull.Instance : null,
            Features = Shown(member.Features),
        };
    }

    private FormerListing? FormerOf(IntrospectionEntry entry) => entry.Was is { } was && !profile.Shows(was.Until, null) ? was : null;

    private string? TagOf(IntrospectionEntry entry) => FormerOf(entry) is { IsStruct: true } ? null : entry.Tag;

    private IEnumerable<IntrospectionMember> InOrder(IntrospectionEntry entry) => FormerOf(entry)?.Order is { } order
        ? Visible(entry.Members).OrderBy(m => Array.IndexOf(order, m.Name))
        : Visible(entry.Members);

    private IEnumerable<IntrospectionMember> Visible(IntrospectionMember[] members) => members.Where(m => m.Marks.Include(profile));

    private void Add(string name, SchemaMetaType kind, IntrospectionFeature[] features, ISchemaInfoBranch branch) =>
        _result.Add(SchemaInfo.Of(kind, branch, name, Shown(features)));

    /// <summary>Notes that a type is used, and gives the name by which the list refers to it.</summary>
    private string Use(string type)
    {
        if (_used.Add(type))
        {
            _queue.Add(type);
        }

        if (type.StartsWith('['))
        {
            return $"[{Use(type[1..^1])}]";
        }

        if (JsonTypeOf(type) is not null)
        {
            return type;
        }

        if (!_masks.TryGetValue(type, out string? mask))
        {
            mask = _masks.Count.ToString(CultureInfo.InvariantCulture);
            _masks.Add(type, mask);
        }

        return mask;
    }

    private string[]? Shown(IntrospectionFeature[] features)
    {
        string[] shown = [.. features.Where(f => f.Marks.Include(profile)).Select(static f => f.Name)];
        return shown.Length == 0 ? null : shown;
    }

    private static JSONType? JsonTypeOf(string type) => type switch
    {
        "str" => JSONType.String,
        "number" => JSONType.Number,
        "int" => JSONType.Int,
        "bool" => JSONType.Boolean,
        "null" => JSONType.Null,
        "any" => JSONType.Value,
        _ => null,
    };
}
