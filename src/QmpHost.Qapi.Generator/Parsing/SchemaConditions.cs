using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Evaluates <c>'if'</c> against the symbols that this build defines.</summary>
internal sealed class SchemaConditions(IEnumerable<string> symbols)
{
    private readonly HashSet<string> _symbols = new(symbols, StringComparer.Ordinal);

    public bool Holds(Node? condition) => condition switch
    {
        null => true,
        TextNode text => _symbols.Contains(text.Text),
        ObjectNode { Members.Count: 1 } node => HoldsCombined(node.Members[0]),
        _ => throw Malformed(condition.Place),
    };

    private bool HoldsCombined(KeyValuePair<TextNode, Node> member) => (member.Key.Text, member.Value) switch
    {
        ("all", ListNode list) => list.Items.All(Holds),
        ("any", ListNode list) => list.Items.Any(Holds),
        ("not", var operand) => !Holds(operand),
        _ => throw Malformed(member.Key.Place),
    };

    private static SchemaException Malformed(SourcePlace place) =>
        new(SchemaErrorKind.Expression, "a condition is a symbol, or an object with one key: 'all' or 'any' with a list, or 'not'", place);
}
