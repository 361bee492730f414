namespace QmpHost.Qapi.Generator.Model;

/// <summary>The whole schema, checked and without places.</summary>
internal sealed record SchemaModel(EquatableArray<Domain> Domains, EquatableArray<ProgramDomains> Programs);
