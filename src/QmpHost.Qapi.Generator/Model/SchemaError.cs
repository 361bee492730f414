namespace QmpHost.Qapi.Generator.Model;

/// <summary>What is wrong with a schema, and where.</summary>
internal sealed record SchemaError(SchemaErrorKind Kind, string Message, SourcePlace Place);
