using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

internal sealed class TextNode(string text, SourcePlace place) : Node(place)
{
    public string Text { get; } = text;
}
