using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

internal sealed class BoolNode(bool value, SourcePlace place) : Node(place)
{
    public bool Value { get; } = value;
}
