using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Cuts a schema file into tokens: brackets, single-quoted strings, <c>true</c>, <c>false</c>, and comments of whole lines.</summary>
internal sealed class SchemaLexer(string path, string text)
{
    private int _offset;
    private int _line;
    private int _lineStart;

    public Token Next()
    {
        SkipSpace();
        if (_offset == text.Length)
        {
            return new Token(TokenKind.End, string.Empty, PlaceOf(_offset, 0));
        }

        char c = text[_offset];
        return c switch
        {
            '{' => Single(TokenKind.BeginObject),
            '}' => Single(TokenKind.EndObject),
            '[' => Single(TokenKind.BeginList),
            ']' => Single(TokenKind.EndList),
            ':' => Single(TokenKind.Colon),
            ',' => Single(TokenKind.Comma),
            '#' => Comment(),
            '\'' => Text(),
            _ => char.IsLetter(c) ? Word() : throw Error($"stray '{c}'", 1),
        };
    }

    private void SkipSpace()
    {
        for (; _offset < text.Length && char.IsWhiteSpace(text[_offset]); _offset++)
        {
            if (text[_offset] == '\n')
            {
                _line++;
                _lineStart = _offset + 1;
            }
        }
    }

    private Token Single(TokenKind kind)
    {
        var token = new Token(kind, text.Substring(_offset, 1), PlaceOf(_offset, 1));
        _offset++;
        return token;
    }

    private Token Comment()
    {
        int end = text.IndexOf('\n', _offset);
        end = end < 0 ? text.Length : end;
        var token = new Token(TokenKind.Comment, text.Substring(_offset, end - _offset).TrimEnd(), PlaceOf(_offset, end - _offset));
        _offset = end;
        return token;
    }

    private Token Text()
    {
        int start = _offset + 1;
        for (int i = start; i < text.Length && text[i] != '\n'; i++)
        {
            if (text[i] is '\\' or < ' ' or > '~')
            {
                throw Error("a string holds printable ASCII without backslashes only", i - _offset);
            }

            if (text[i] == '\'')
            {
                var token = new Token(TokenKind.Text, text.Substring(start, i - start), PlaceOf(_offset, i + 1 - _offset));
                _offset = i + 1;
                return token;
            }
        }

        throw Error("the string has no end", 1);
    }

    private Token Word()
    {
        int end = _offset;
        while (end < text.Length && char.IsLetterOrDigit(text[end]))
        {
            end++;
        }

        string word = text.Substring(_offset, end - _offset);
        SourcePlace place = PlaceOf(_offset, word.Length);
        _offset = end;
        return word switch
        {
            "true" => new Token(TokenKind.True, word, place),
            "false" => new Token(TokenKind.False, word, place),
            _ => throw new SchemaException(SchemaErrorKind.Syntax, $"stray '{word}'", place),
        };
    }

    private SchemaException Error(string message, int length) => new(SchemaErrorKind.Syntax, message, PlaceOf(_offset, length));

    private SourcePlace PlaceOf(int offset, int length) => new(path, offset, _line, offset - _lineStart, length);
}
