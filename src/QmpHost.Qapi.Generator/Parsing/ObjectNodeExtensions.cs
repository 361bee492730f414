using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Checked access to the keys of an expression.</summary>
internal static class ObjectNodeExtensions
{
    public static void AllowOnly(this ObjectNode node, params string[] keys)
    {
        foreach (KeyValuePair<TextNode, Node> member in node.Members)
        {
            if (!keys.Contains(member.Key.Text))
            {
                throw new SchemaException(SchemaErrorKind.Expression, $"the key '{member.Key.Text}' is not known here", member.Key.Place);
            }
        }
    }

    public static Node Required(this ObjectNode node, string key) =>
        node[key] ?? throw new SchemaException(SchemaErrorKind.Expression, $"the key '{key}' is missing", node.Place);

    public static string Text(this ObjectNode node, string key) => node.Required(key) switch
    {
        TextNode text => text.Text,
        var other => throw new SchemaException(SchemaErrorKind.Expression, $"'{key}' takes a string", other.Place),
    };

    public static bool Flag(this ObjectNode node, string key) => node[key] switch
    {
        null => false,
        BoolNode flag => flag.Value,
        var other => throw new SchemaException(SchemaErrorKind.Expression, $"'{key}' takes true or false", other.Place),
    };
}
