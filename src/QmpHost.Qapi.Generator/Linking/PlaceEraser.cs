using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Takes the places out of definitions, so that moving text about in a file does not make them different.</summary>
internal static class PlaceEraser
{
    public static Definition Erase(Definition definition)
    {
        Definition erased = definition with { Place = SourcePlace.None, Documentation = Erase(definition.Documentation) };
        return erased switch
        {
            EnumDefinition e => e with { Values = e.Values.Select(v => v with { Place = SourcePlace.None }).ToEquatable() },
            StructDefinition s => s with { Base = Erase(s.Base), Members = Erase(s.Members) },
            UnionDefinition u => u with
            {
                Base = Erase(u.Base),
                BaseMembers = Erase(u.BaseMembers),
                DiscriminatorPlace = SourcePlace.None,
                Branches = Erase(u.Branches),
            },
            AlternateDefinition a => a with { Branches = Erase(a.Branches) },
            CommandDefinition c => c with { Data = Erase(c.Data), Members = Erase(c.Members), Returns = Erase(c.Returns) },
            EventDefinition e => e with { Data = Erase(e.Data), Members = Erase(e.Members) },
            _ => erased,
        };
    }

    private static Documentation Erase(Documentation documentation) => documentation with
    {
        Place = SourcePlace.None,
        Members = documentation.Members.Select(m => m with { Place = SourcePlace.None }).ToEquatable(),
    };

    private static TypeReference? Erase(TypeReference? type) => type is null ? null : type with { Place = SourcePlace.None };

    private static EquatableArray<Member> Erase(EquatableArray<Member> members) =>
        members.Select(m => m with
        {
            Place = SourcePlace.None,
            Type = Erase(m.Type)!,
            Was = m.Was is { } was ? was with { Type = Erase(was.Type) } : null,
        }).ToEquatable();

    private static EquatableArray<Branch> Erase(EquatableArray<Branch> branches) =>
        branches.Select(b => b with { Place = SourcePlace.None, Type = Erase(b.Type)! }).ToEquatable();
}
