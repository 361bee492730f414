using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>An additional file that exists in memory only.</summary>
internal sealed class SchemaText(string path, string text) : AdditionalText
{
    private readonly SourceText _text = SourceText.From(text);

    public override string Path => path;

    public override SourceText GetText(CancellationToken cancellationToken = default) => _text;
}
