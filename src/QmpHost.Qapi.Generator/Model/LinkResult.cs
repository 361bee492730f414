namespace QmpHost.Qapi.Generator.Model;

/// <summary>A checked schema, or what is wrong with it.</summary>
internal sealed record LinkResult(SchemaModel? Model, EquatableArray<SchemaError> Errors);
