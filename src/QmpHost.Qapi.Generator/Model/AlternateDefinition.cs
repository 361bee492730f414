namespace QmpHost.Qapi.Generator.Model;

internal sealed record AlternateDefinition(string Name, SourcePlace Place, EquatableArray<Branch> Branches) : Definition(Name, Place);
