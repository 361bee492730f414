using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Harness;

/// <summary>JSON in the form of the test logs: sorted members, <c>", "</c> and <c>": "</c>, ASCII only.</summary>
public static class PythonJson
{
    /// <summary>One line.</summary>
    public static string Line(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(text, value, indent: -1);
        return text.ToString();
    }

    /// <summary>Indented by two.</summary>
    public static string Pretty(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(text, value, indent: 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject members:
                WriteItems(text, '{', '}', members.OrderBy(m => m.Key, StringComparer.Ordinal).ToList(), indent, (member, inner) =>
                {
                    WriteString(text, member.Key);
                    text.Append(": ");
                    Write(text, member.Value, inner);
                });
                break;
            case JsonArray items:
                WriteItems(text, '[', ']', items.ToList(), indent, (item, inner) => Write(text, item, inner));
                break;
            case null:
                text.Append("null");
                break;
            default:
                if (value.GetValueKind() == JsonValueKind.String)
                {
                    WriteString(text, value.GetValue<string>());
                }
                else
                {
                    text.Append(value.ToJsonString());
                }

                break;
        }
    }

    private static void WriteItems<T>(StringBuilder text, char open, char close, List<T> items, int indent, Action<T, int> write)
    {
        text.Append(open);
        int inner = indent < 0 ? indent : indent + 2;
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? string.Empty : inner < 0 ? ", " : ",");
            NewLine(text, inner);
            write(items[i], inner);
        }

        if (items.Count > 0)
        {
            NewLine(text, indent);
        }

        text.Append(close);
    }

    private static void NewLine(StringBuilder text, int indent)
    {
        if (indent >= 0)
        {
            text.Append('\n').Append(' ', indent);
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            int named = "\"\\\n\r\t\b\f".IndexOf(c, StringComparison.Ordinal);
            if (named >= 0)
            {
                text.Append('\\').Append("\"\\nrtbf"[named]);
            }
            else if (c is < ' ' or > '~')
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        text.Append('"');
    }
}
