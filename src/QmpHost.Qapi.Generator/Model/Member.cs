namespace QmpHost.Qapi.Generator.Model;

/// <summary>A member of a struct, of a union's base, or of arguments.</summary>
internal sealed record Member(
    string Name,
    TypeReference Type,
    bool IsOptional,
    Marks Marks,
    EquatableArray<Feature> Features,
    SourcePlace Place)
{
    /// <summary>What it was in older releases, or null.</summary>
    public FormerMember? Was { get; init; }
}
