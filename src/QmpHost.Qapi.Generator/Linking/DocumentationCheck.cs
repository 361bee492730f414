using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Checks that a comment speaks of the definition below it, and of members that it has.</summary>
internal static class DocumentationCheck
{
    public static void Check(Definition definition, SchemaIndex index, List<SchemaError> errors)
    {
        Documentation documentation = definition.Documentation;
        if (documentation.Name.Length == 0)
        {
            Add($"'{definition.Name}' has no comment", definition.Place);
            return;
        }

        if (documentation.Name != definition.Name)
        {
            Add($"the comment is about '{documentation.Name}', the definition below it is '{definition.Name}'", documentation.Place);
        }

        if (documentation.Summary.Length == 0)
        {
            Add($"the comment does not say what '{definition.Name}' is", documentation.Place);
        }

        HashSet<string> known = [.. KnownNames(definition, index)];
        foreach (MemberDocumentation member in documentation.Members.Where(m => !known.Contains(m.Name)))
        {
            Add($"'{definition.Name}' has no '{member.Name}'", member.Place);
        }

        void Add(string message, SourcePlace place) => errors.Add(new SchemaError(SchemaErrorKind.Documentation, message, place));
    }

    // A feature is described once, wherever in the definition it stands.
    private static IEnumerable<string> KnownNames(Definition definition, SchemaIndex index)
    {
        IReadOnlyList<Member> members = definition switch
        {
            StructDefinition s => s.Members,
            UnionDefinition u => index.BaseMembersOf(u),
            CommandDefinition c => c.Members,
            EventDefinition e => index.DataMembersOf(e.Data, e.Members),
            _ => [],
        };
        IEnumerable<string> values = definition switch
        {
            EnumDefinition e => e.Values.SelectMany(v => v.Features.Select(static f => f.Name).Append(v.Name)),
            AlternateDefinition a => a.Branches.Select(b => b.Name),
            _ => [],
        };
        return members.SelectMany(m => m.Features.Select(static f => f.Name).Append(m.Name)).Concat(values).Concat(definition.Features.Select(static f => f.Name));
    }
}
