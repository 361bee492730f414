namespace QmpHost.Qapi.Generator.Model;

/// <summary>A flat union. The base is either named or given in place.</summary>
internal sealed record UnionDefinition(
    string Name,
    SourcePlace Place,
    TypeReference? Base,
    EquatableArray<Member> BaseMembers,
    string Discriminator,
    SourcePlace DiscriminatorPlace,
    EquatableArray<Branch> Branches) : Definition(Name, Place);
