using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>An object; the keys keep their order and places.</summary>
internal sealed class ObjectNode(IReadOnlyList<KeyValuePair<TextNode, Node>> members, SourcePlace place) : Node(place)
{
    public IReadOnlyList<KeyValuePair<TextNode, Node>> Members { get; } = members;

    public Node? this[string key] => Members.FirstOrDefault(m => m.Key.Text == key).Value;
}
