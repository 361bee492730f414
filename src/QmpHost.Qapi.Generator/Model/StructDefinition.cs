namespace QmpHost.Qapi.Generator.Model;

internal sealed record StructDefinition(string Name, SourcePlace Place, TypeReference? Base, EquatableArray<Member> Members) : Definition(Name, Place);
