using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Ends the reading of one definition or file; becomes a diagnostic.</summary>
internal sealed class SchemaException(SchemaErrorKind kind, string message, SourcePlace place) : Exception(message)
{
    public SchemaError Error { get; } = new(kind, message, place);
}
