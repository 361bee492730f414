using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Finds definitions by name and answers what follows from several of them.</summary>
internal sealed class SchemaIndex
{
    private readonly Dictionary<string, Definition> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<UnionDefinition>> _unionsByBranch = new(StringComparer.Ordinal);

    public SchemaIndex(IEnumerable<Definition> definitions)
    {
        foreach (Definition definition in definitions)
        {
            if (definition is EnumDefinition or StructDefinition or UnionDefinition or AlternateDefinition && !_types.ContainsKey(definition.Name))
            {
                _types.Add(definition.Name, definition);
            }
        }

        foreach (UnionDefinition union in _types.Values.OfType<UnionDefinition>())
        {
            foreach (string branch in union.Branches.Select(b => b.Type.Name).Distinct())
            {
                if (!_unionsByBranch.TryGetValue(branch, out List<UnionDefinition>? unions))
                {
                    _unionsByBranch.Add(branch, unions = []);
                }

                unions.Add(union);
            }
        }
    }

    public Definition? Find(string name) => _types.TryGetValue(name, out Definition? type) ? type : null;

    /// <summary>The unions that have a struct as a branch.</summary>
    public IReadOnlyList<UnionDefinition> UnionsWithBranch(string type) =>
        _unionsByBranch.TryGetValue(type, out List<UnionDefinition>? unions) ? unions : [];

    /// <summary>All members of a struct, those of its base first.</summary>
    public IReadOnlyList<Member> MembersOf(string type)
    {
        var result = new List<Member>();
        Collect(type, result, []);
        return result;
    }

    /// <summary>The members that all branches of a union share.</summary>
    public IReadOnlyList<Member> BaseMembersOf(UnionDefinition union) => union.Base is { } named ? MembersOf(named.Name) : union.BaseMembers;

    /// <summary>The members of arguments or event data.</summary>
    public IReadOnlyList<Member> DataMembersOf(TypeReference? named, EquatableArray<Member> inPlace) => named is null ? inPlace : MembersOf(named.Name);

    /// <summary>The values of a union's discriminator in their order, with what they bring with them, or null.</summary>
    public IReadOnlyList<(EnumValue Value, Branch? Branch)> CasesOf(UnionDefinition union)
    {
        string name = BaseMembersOf(union).First(m => m.Name == union.Discriminator).Type.Name;
        return [.. ((EnumDefinition)Find(name)!).Values.Select(value => (value, union.Branches.FirstOrDefault(b => b.Name == value.Name)))];
    }

    /// <summary>Where a member is described: one that comes from a base, there.</summary>
    public Definition DocumentationOf(Definition definition, string member)
    {
        string? parent = definition switch
        {
            StructDefinition s => s.Base?.Name,
            UnionDefinition u => u.Base?.Name,
            EventDefinition e => e.Data?.Name,
            _ => null,
        };
        return definition.Documentation.Of(member) is null && parent is not null && Find(parent) is { } found
            ? DocumentationOf(found, member)
            : definition;
    }

    private void Collect(string type, List<Member> into, HashSet<string> visited)
    {
        if (Find(type) is StructDefinition definition && visited.Add(type))
        {
            if (definition.Base is { } parent)
            {
                Collect(parent.Name, into, visited);
            }

            into.AddRange(definition.Members);
        }
    }
}
