using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator;

/// <summary>The compiler errors for a bad schema; each points to its place in the file.</summary>
internal static class SchemaDiagnostics
{
    private static readonly ImmutableDictionary<SchemaErrorKind, DiagnosticDescriptor> Descriptors = new[]
    {
        Describe(SchemaErrorKind.Syntax, "QAPI001", "Schema syntax"),
        Describe(SchemaErrorKind.Expression, "QAPI002", "Schema expression"),
        Describe(SchemaErrorKind.Name, "QAPI003", "Schema name"),
        Describe(SchemaErrorKind.Duplicate, "QAPI004", "Duplicate in schema"),
        Describe(SchemaErrorKind.Type, "QAPI005", "Schema type"),
        Describe(SchemaErrorKind.Union, "QAPI006", "Schema union"),
        Describe(SchemaErrorKind.Alternate, "QAPI007", "Schema alternate"),
        Describe(SchemaErrorKind.Documentation, "QAPI008", "Schema documentation"),
        Describe(SchemaErrorKind.Include, "QAPI009", "Schema include"),
    }.ToImmutableDictionary(d => d.Key, d => d.Value);

    public static Diagnostic Create(SchemaError error)
    {
        SourcePlace place = error.Place;
        var start = new LinePosition(place.Line, place.Column);
        var end = new LinePosition(place.Line, place.Column + place.Length);
        var location = Location.Create(place.Path, new TextSpan(place.Offset, place.Length), new LinePositionSpan(start, end));
        return Diagnostic.Create(Descriptors[error.Kind], location, error.Message);
    }

    private static KeyValuePair<SchemaErrorKind, DiagnosticDescriptor> Describe(SchemaErrorKind kind, string id, string title) =>
        new(kind, new DiagnosticDescriptor(id, title, "{0}", "QAPI", DiagnosticSeverity.Error, isEnabledByDefault: true));
}
