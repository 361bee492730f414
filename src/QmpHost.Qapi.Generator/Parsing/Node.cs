using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>A value of the schema language before its meaning is known.</summary>
internal abstract class Node(SourcePlace place)
{
    public SourcePlace Place { get; } = place;
}
