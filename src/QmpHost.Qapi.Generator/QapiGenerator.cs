using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using QmpHost.Qapi.Generator.Emit;
using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;
using QmpHost.Qapi.Generator.Parsing;

namespace QmpHost.Qapi.Generator;

/// <summary>Turns the QAPI schema (additional files <c>schema/*.json</c>) into types, visitors, handler interfaces, dispatch and introspection; with property <c>QapiOutput=client</c> into the typed client.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class QapiGenerator : IIncrementalGenerator
{
    /// <summary>The step that holds the parsed files; named so that tests can follow it.</summary>
    public const string ParseStep = "ParseSchemaFile";

    /// <summary>The step that holds the checked schema without places.</summary>
    public const string ModelStep = "SchemaModel";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValueProvider<EquatableArray<string>> symbols = context.AnalyzerConfigOptionsProvider
            .Select(static (options, _) => ReadSymbols(options.GlobalOptions.TryGetValue("build_property.QapiConditions", out string? text) ? text : string.Empty));

        IncrementalValuesProvider<SchemaFile> files = context.AdditionalTextsProvider
            .Where(static file => IsSchemaFile(file.Path))
            .Combine(symbols)
            .Select(static (input, cancellation) =>
                SchemaFileParser.Parse(input.Left.Path, input.Left.GetText(cancellation)?.ToString() ?? string.Empty, input.Right))
            .WithTrackingName(ParseStep);

        IncrementalValueProvider<LinkResult> linked = files.Collect().Select(static (all, _) => SchemaLinker.Link(all));

        context.RegisterSourceOutput(linked.Select(static (result, _) => result.Errors), static (output, errors) => Report(output, errors));
        IncrementalValueProvider<bool> isClient = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue("build_property.QapiOutput", out string? output) && output == "client");
        context.RegisterSourceOutput(
            linked.Select(static (result, _) => result.Model).WithTrackingName(ModelStep).Combine(isClient),
            static (output, input) => Emit(output, input.Left, input.Right));
    }

    private static bool IsSchemaFile(string path) =>
        path.EndsWith(".json", StringComparison.Ordinal) && Path.GetFileName(Path.GetDirectoryName(path)) == "schema";

    private static EquatableArray<string> ReadSymbols(string text) =>
        text.Split([';', ' '], StringSplitOptions.RemoveEmptyEntries).ToEquatable();

    private static void Report(SourceProductionContext output, EquatableArray<SchemaError> errors)
    {
        foreach (SchemaError error in errors)
        {
            output.ReportDiagnostic(SchemaDiagnostics.Create(error));
        }
    }

    // The typed client is a project of its own, which gets its types from the one that has them.
    private static void Emit(SourceProductionContext output, SchemaModel? model, bool isClient)
    {
        if (model is null || model.Domains.Count == 0)
        {
            return;
        }

        foreach (KeyValuePair<string, string> source in isClient ? new ClientEmitter(model).Emit() : new SchemaEmitter(model).Emit())
        {
            output.AddSource(source.Key, SourceText.From(source.Value, Encoding.UTF8));
        }
    }
}
