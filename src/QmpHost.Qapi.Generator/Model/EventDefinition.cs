namespace QmpHost.Qapi.Generator.Model;

/// <summary>An event. Its data is a named type or given in place.</summary>
internal sealed record EventDefinition(
    string Name,
    SourcePlace Place,
    TypeReference? Data,
    EquatableArray<Member> Members) : Definition(Name, Place)
{
    public bool IsBoxed { get; init; }
}
