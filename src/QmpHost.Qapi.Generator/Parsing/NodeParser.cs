using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Reads a file as a sequence of top-level objects.</summary>
internal sealed class NodeParser(string path, string text)
{
    private readonly SchemaLexer _lexer = new(path, text);
    private Token _token;

    /// <summary>The comment at the top of the file that belongs to no definition.</summary>
    public IReadOnlyList<Token> Header { get; private set; } = [];

    public IEnumerable<SchemaExpression> Read()
    {
        var comment = new List<Token>();
        for (Advance(keepComments: true); _token.Kind != TokenKind.End;)
        {
            if (_token.Kind == TokenKind.Comment)
            {
                if (comment.Count > 0 && _token.Place.Line > comment[comment.Count - 1].Place.Line + 1)
                {
                    Detach(comment);
                }

                comment.Add(_token);
                Advance(keepComments: true);
                continue;
            }

            if (_token.Kind != TokenKind.BeginObject)
            {
                throw Unexpected("an object");
            }

            if (comment.Count > 0 && _token.Place.Line > comment[comment.Count - 1].Place.Line + 1)
            {
                Detach(comment);
            }

            ObjectNode value = ReadObject(topLevel: true);
            yield return new SchemaExpression(value, comment.ToArray());
            comment.Clear();
        }
    }

    private void Detach(List<Token> comment)
    {
        if (Header.Count == 0)
        {
            Header = comment.ToArray();
        }

        comment.Clear();
    }

    private Node ReadValue()
    {
        Token token = _token;
        switch (token.Kind)
        {
            case TokenKind.BeginObject:
                return ReadObject(topLevel: false);
            case TokenKind.BeginList:
                return ReadList();
            case TokenKind.Text:
                Advance();
                return new TextNode(token.Text, token.Place);
            case TokenKind.True:
            case TokenKind.False:
                Advance();
                return new BoolNode(token.Kind == TokenKind.True, token.Place);
            default:
                throw Unexpected("a value");
        }
    }

    private ObjectNode ReadObject(bool topLevel)
    {
        SourcePlace place = _token.Place;
        var members = new List<KeyValuePair<TextNode, Node>>();
        Advance();
        while (_token.Kind != TokenKind.EndObject)
        {
            if (members.Count > 0)
            {
                Expect(TokenKind.Comma, "',' or '}'");
            }

            var key = new TextNode(_token.Text, _token.Place);
            Expect(TokenKind.Text, "a key in quotes");
            if (members.Any(m => m.Key.Text == key.Text))
            {
                throw new SchemaException(SchemaErrorKind.Duplicate, $"the key '{key.Text}' stands twice in one object", key.Place);
            }

            Expect(TokenKind.Colon, "':'");
            members.Add(new(key, ReadValue()));
        }

        Advance(keepComments: topLevel);
        return new ObjectNode(members, place);
    }

    private ListNode ReadList()
    {
        SourcePlace place = _token.Place;
        var items = new List<Node>();
        Advance();
        while (_token.Kind != TokenKind.EndList)
        {
            if (items.Count > 0)
            {
                Expect(TokenKind.Comma, "',' or ']'");
            }

            items.Add(ReadValue());
        }

        Advance();
        return new ListNode(items, place);
    }

    private void Expect(TokenKind kind, string what)
    {
        if (_token.Kind != kind)
        {
            throw Unexpected(what);
        }

        Advance();
    }

    private void Advance(bool keepComments = false)
    {
        do
        {
            _token = _lexer.Next();
        }
        while (_token.Kind == TokenKind.Comment && !keepComments);
    }

    private SchemaException Unexpected(string expected)
    {
        string found = _token.Kind == TokenKind.End ? "the end of the file" : $"'{_token.Text}'";
        return new SchemaException(SchemaErrorKind.Syntax, $"expected {expected}, found {found}", _token.Place);
    }
}
