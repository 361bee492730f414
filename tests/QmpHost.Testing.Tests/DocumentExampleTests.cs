using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;

namespace QmpHost.Testing.Tests;

/// <summary>The examples of the documents are programs: they compile and run.</summary>
[TestFixture]
internal sealed class DocumentExampleTests
{
    private const string Begin = "```csharp\n";
    private const string End = "\n```";

    private static readonly string[] Documents = ["README.md", "docs/testing-in-csharp.md", "packages/README.md"];

    private static IEnumerable<TestCaseData> Examples => Documents.SelectMany(static document =>
        Read(document).Select((code, index) => new TestCaseData(code) { TestName = $"Example_runs({document} {index + 1})" }));

    [TestCaseSource(nameof(Examples))]
    public async Task Example_runs(string code)
    {
        using var assembly = new MemoryStream();
        var result = Compilation(code).Emit(assembly);
        Assert.That(result.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error), Is.Empty);

        MethodInfo main = Assembly.Load(assembly.ToArray()).EntryPoint!;
        if (main.Invoke(null, [Array.Empty<string>()]) is Task running)
        {
            await running;
        }
    }

    [Test]
    public void Every_document_has_examples()
        => Assert.That(Documents.Select(static document => Read(document).Count()), Has.All.GreaterThan(0));

    private static CSharpCompilation Compilation(string code)
    {
        const string usings = "global using System; global using System.Linq; global using System.IO; global using System.Collections.Generic; global using System.Threading.Tasks; global using System.Threading;";
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(static path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            "Example" + Guid.NewGuid().ToString("N"),
            [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(usings)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static IEnumerable<string> Read(string document)
    {
        string text = File.ReadAllText(Path.Combine(Root(), document)).ReplaceLineEndings("\n");
        for (int at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at, StringComparison.Ordinal))
        {
            at += Begin.Length;
            yield return text[at..text.IndexOf(End, at, StringComparison.Ordinal)];
        }
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "../../.."));
}
