using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>What differs between two releases, as the schema's marks and the table of behaviours say. Any thread.</summary>
public sealed class ReleaseComparison
{
    private const string ArgumentsSuffix = " (data)";

    private readonly VersionProfile _before;
    private readonly VersionProfile _after;
    private readonly List<string> _differences = [];

    private ReleaseComparison(VersionProfile before, VersionProfile after)
    {
        _before = before;
        _after = after;
    }

    /// <summary>Compares two releases.</summary>
    /// <param name="before">The one.</param>
    /// <param name="after">The other.</param>
    /// <returns>
    /// A line for each difference: <c>+</c> is what only <paramref name="after"/> has, <c>-</c> what only <paramref name="before"/>
    /// has, <c>~</c> what is not the same.
    /// </returns>
    public static IReadOnlyList<string> Compare(VersionProfile before, VersionProfile after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var comparison = new ReleaseComparison(before, after);
        foreach (IntrospectionEntry entry in SchemaTable.Entries().OrderBy(static e => e.Kind).ThenBy(static e => e.Name, StringComparer.Ordinal))
        {
            comparison.CompareEntry(entry);
        }

        foreach (BehaviourEntry behaviour in BehaviourTable.All)
        {
            comparison.Add(before.Has(behaviour.Behaviour), after.Has(behaviour.Behaviour), $"behaviour {behaviour.Behaviour}: {behaviour.Summary}");
        }

        return comparison._differences;
    }

    private void CompareEntry(IntrospectionEntry entry)
    {
        string kind = entry.Kind.ToWire();
        string name = Shown(entry.Name);
        bool wasThere = entry.Marks.Include(_before);
        bool isThere = entry.Marks.Include(_after);
        if (entry.Kind is SchemaMetaType.Command or SchemaMetaType.Event)
        {
            Add(wasThere, isThere, $"{kind} {name}");
        }

        if (!wasThere || !isThere)
        {
            return;
        }

        CompareFeatures($"{kind} {name}", entry.Features);
        string member = entry.Kind == SchemaMetaType.Enum ? "value" : "member";
        foreach (IntrospectionMember m in entry.Members)
        {
            CompareMember($"{member} {name}.{m.Name}", m);
        }
    }

    private void CompareMember(string what, IntrospectionMember member)
    {
        bool wasThere = member.Marks.Include(_before);
        bool isThere = member.Marks.Include(_after);
        Add(wasThere, isThere, what);
        if (!wasThere || !isThere)
        {
            return;
        }

        CompareFeatures(what, member.Features);
        Changed(what, TypeIn(_before, member), TypeIn(_after, member));
        Changed(what, OptionalIn(_before, member), OptionalIn(_after, member));
    }

    private void CompareFeatures(string what, IntrospectionFeature[] features)
    {
        foreach (IntrospectionFeature feature in features)
        {
            Add(feature.Marks.Include(_before), feature.Marks.Include(_after), $"feature {feature.Name} of {what}");
        }
    }

    private void Add(bool before, bool after, string what)
    {
        if (before != after)
        {
            _differences.Add($"{(after ? '+' : '-')} {what}");
        }
    }

    private void Changed(string what, string before, string after)
    {
        if (before != after)
        {
            _differences.Add($"~ {what}: {before} in {_before}, {after} in {_after}");
        }
    }

    private static FormerMember? FormerIn(VersionProfile profile, IntrospectionMember member)
        => member.Was is { } was && !profile.Shows(was.Until, null) ? was : null;

    private static string TypeIn(VersionProfile profile, IntrospectionMember member) => FormerIn(profile, member)?.Type ?? member.Type;

    private static string OptionalIn(VersionProfile profile, IntrospectionMember member)
        => FormerIn(profile, member)?.IsOptional ?? member.IsOptional ? "optional" : "always there";

    private static string Shown(string name) => name.EndsWith(ArgumentsSuffix, StringComparison.Ordinal) ? name[..^ArgumentsSuffix.Length] : name;
}
