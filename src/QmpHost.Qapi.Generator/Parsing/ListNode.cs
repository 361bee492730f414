using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

internal sealed class ListNode(IReadOnlyList<Node> items, SourcePlace place) : Node(place)
{
    public IReadOnlyList<Node> Items { get; } = items;
}
