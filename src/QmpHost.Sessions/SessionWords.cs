using System.Text;

namespace QmpHost.Sessions;

/// <summary>The two small notations inside directives: quoted words and escaped bytes.</summary>
public static class SessionWords
{
    /// <summary>Splits at blanks; <c>'…'</c> and <c>"…"</c> group, without escapes inside them.</summary>
    /// <exception cref="SessionException">A quote is not closed.</exception>
    public static IReadOnlyList<string> Split(string text, int line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char quote = '\0';
        foreach (char c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word!.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (c == ' ')
            {
                if (word is not null)
                {
                    words.Add(word.ToString());
                    word = null;
                }
            }
            else
            {
                (word ??= new StringBuilder()).Append(c);
            }
        }

        if (quote != '\0')
        {
            throw new SessionException($"line {line}: a {quote} is not closed");
        }

        if (word is not null)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    /// <summary>Turns <c>\n</c>, <c>\r</c>, <c>\t</c>, <c>\0</c>, <c>\\</c> and <c>\xHH</c> into bytes; the rest is UTF-8.</summary>
    /// <exception cref="SessionException">Another escape, or an incomplete one.</exception>
    public static byte[] Unescape(string text, int line)
    {
        var bytes = new List<byte>(text.Length);
        int i = 0;
        while (i < text.Length)
        {
            if (text[i] != '\\')
            {
                int end = text.IndexOf('\\', i);
                end = end < 0 ? text.Length : end;
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i..end]));
                i = end;
                continue;
            }

            i += UnescapeOne(text.AsSpan(i), line, out byte value);
            bytes.Add(value);
        }

        return [.. bytes];
    }

    private static int UnescapeOne(ReadOnlySpan<char> escape, int line, out byte value)
    {
        if (escape.Length >= 4 && escape[1] == 'x'
            && byte.TryParse(escape.Slice(2, 2), System.Globalization.NumberStyles.HexNumber, null, out value))
        {
            return 4;
        }

        int known = escape.Length < 2 ? -1 : @"nrt0\".IndexOf(escape[1], StringComparison.Ordinal);
        if (known < 0)
        {
            throw new SessionException($"line {line}: unknown escape in '{escape}'");
        }

        value = "\n\r\t\0\\"u8[known];
        return 2;
    }
}
