using System.Globalization;
using System.Text;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Shell;

/// <summary>
/// A command as it is typed: its name and members as <c>name=value</c>, with dots into objects (<c>file.driver=file</c>), or an
/// object in JSON. What type a value has is looked up in the schema.
/// </summary>
/// <param name="Command">The command's name; empty where there is none.</param>
/// <param name="Arguments">Its arguments, or null.</param>
internal sealed record ShellLine(string Command, QDict? Arguments)
{
    /// <summary>Reads a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="schema">The server's schema, or null where types are guessed.</param>
    /// <exception cref="QmpException">It cannot be read.</exception>
    public static ShellLine Parse(string text, QmpSchema? schema)
    {
        if (text.TrimStart().StartsWith('{'))
        {
            return OfJson((QDict)JsonParser.Parse(text));
        }

        IReadOnlyList<string> words = Split(text);
        if (words.Count == 0)
        {
            return new ShellLine(string.Empty, null);
        }

        if (words.Count == 2 && words[1].StartsWith('{'))
        {
            return new ShellLine(words[0], JsonParser.Parse(words[1]) as QDict);
        }

        var arguments = new QDict();
        string? type = schema?.ArgumentsOf(words[0]);
        foreach (string word in words.Skip(1))
        {
            Put(arguments, word, schema, type);
        }

        return new ShellLine(words[0], arguments.Count > 0 ? arguments : null);
    }

    /// <summary>Splits a line at blanks; quotes keep them, and so do braces and brackets.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        int depth = 0;
        char quote = '\0';
        bool isWord = false;
        foreach (char c in text)
        {
            if (quote != '\0')
            {
                isWord = true;
                if (c == quote)
                {
                    quote = '\0';
                    if (depth == 0)
                    {
                        continue;
                    }
                }
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                isWord = true;
                if (depth == 0)
                {
                    continue;
                }
            }
            else if (c == ' ' && depth == 0)
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    isWord = false;
                }

                continue;
            }

            depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            word.Append(c);
            isWord = true;
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    private static ShellLine OfJson(QDict message)
        => message.TryGetValue("execute", out QObject? name) && name is QString text
            ? new ShellLine(text.Value, message.TryGetValue("arguments", out QObject? arguments) ? arguments as QDict : null)
            : throw new QmpException("An object needs a member 'execute'.");

    private static void Put(QDict arguments, string word, QmpSchema? schema, string? type)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new QmpException($"'{word}' is not NAME=VALUE.");
        }

        string[] path = word[..equals].Split('.');
        QDict target = arguments;
        foreach (string step in path.SkipLast(1))
        {
            type = TypeOf(schema, type, step, target);
            if (!target.TryGetValue(step, out QObject? inner))
            {
                target.Add(step, inner = new QDict());
            }

            target = inner as QDict ?? throw new QmpException($"'{step}' is given a value and members.");
        }

        string last = path[^1];
        target.Put(last, Value(word[(equals + 1)..], schema, TypeOf(schema, type, last, target)));
    }

    private static string? TypeOf(QmpSchema? schema, string? type, string member, QDict given)
    {
        if (schema is null || type is null)
        {
            return null;
        }

        // Where a reference may stand instead of an object, dots mean the object.
        string? known = schema.MetaType(type) == "alternate" ? schema.Alternatives(type).FirstOrDefault(one => schema.MetaType(one) == "object") : type;
        return known is null ? null : schema.Members(known, given).GetValueOrDefault(member);
    }

    private static QObject Value(string text, QmpSchema? schema, string? type)
    {
        if (text.StartsWith('{') || text.StartsWith('['))
        {
            return JsonParser.Parse(text);
        }

        string json = schema is null || type is null ? Guess(text) : schema.JsonType(type);
        return json switch
        {
            "int" or "number" or "value" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => JsonParser.Parse(text),
            "boolean" => text switch
            {
                "true" or "on" or "yes" => JsonParser.Parse("true"),
                "false" or "off" or "no" => JsonParser.Parse("false"),
                _ => new QString(text),
            },
            "null" => JsonParser.Parse("null"),
            _ => new QString(text),
        };
    }

    private static string Guess(string text) => long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? "int"
        : text is "true" or "false" ? "boolean"
        : "string";
}
