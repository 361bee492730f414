namespace QmpHost.Qapi.Json;

/// <summary>Builds values from tokens. It does not stop at the first mistake: it remembers it and ignores what follows, since the end of a value is found by counting brackets.</summary>
internal sealed class JsonValueBuilder
{
    private readonly Stack<Level> _outer = new();
    private Level _level;
    private Expected _expected;

    private enum Expected
    {
        Value,
        FirstItem,
        FirstKey,
        Colon,
        ListSeparator,
        DictSeparator,
    }

    /// <summary>The complete value, or null.</summary>
    public QObject? Value { get; private set; }

    /// <summary>The first mistake, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Starts afresh.</summary>
    public void Reset()
    {
        _outer.Clear();
        _level = default;
        _expected = Expected.Value;
        Value = null;
        Error = null;
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="token">Its bytes.</param>
    public void Accept(JsonTokenKind kind, ReadOnlySpan<byte> token)
    {
        if (Error is not null)
        {
            return;
        }

        switch (_expected)
        {
            case Expected.FirstItem when kind == JsonTokenKind.RightBracket:
            case Expected.FirstKey when kind == JsonTokenKind.RightBrace:
                CloseLevel();
                break;
            case Expected.Value or Expected.FirstItem or Expected.FirstKey:
                AcceptValue(kind, token);
                break;
            case Expected.Colon:
                Require(kind, JsonTokenKind.Colon, "missing : in object pair");
                break;
            case Expected.ListSeparator when kind == JsonTokenKind.RightBracket:
            case Expected.DictSeparator when kind == JsonTokenKind.RightBrace:
                CloseLevel();
                break;
            case Expected.ListSeparator:
                Require(kind, JsonTokenKind.Comma, "expected separator in list");
                break;
            default:
                Require(kind, JsonTokenKind.Comma, "expected separator in dict");
                break;
        }
    }

    private void Require(JsonTokenKind kind, JsonTokenKind required, string error)
    {
        if (kind == required)
        {
            _expected = Expected.Value;
        }
        else
        {
            Fail(error);
        }
    }

    private void AcceptValue(JsonTokenKind kind, ReadOnlySpan<byte> token)
    {
        switch (kind)
        {
            case JsonTokenKind.LeftBrace:
                OpenLevel(new Level(new QDict()), Expected.FirstKey);
                break;
            case JsonTokenKind.LeftBracket:
                OpenLevel(new Level(new QList()), Expected.FirstItem);
                break;
            case JsonTokenKind.Integer:
                Complete(JsonNumber.Integer(token));
                break;
            case JsonTokenKind.Float:
                Complete(JsonNumber.Float(token));
                break;
            case JsonTokenKind.Keyword:
                AcceptKeyword(token);
                break;
            case JsonTokenKind.String:
                AcceptString(token);
                break;
            default:
                Fail("expecting value");
                break;
        }
    }

    private void AcceptKeyword(ReadOnlySpan<byte> token)
    {
        if (token.SequenceEqual("true"u8))
        {
            Complete(QBool.True);
        }
        else if (token.SequenceEqual("false"u8))
        {
            Complete(QBool.False);
        }
        else if (token.SequenceEqual("null"u8))
        {
            Complete(QNull.Instance);
        }
        else
        {
            Error = JsonMessage.Quote("invalid keyword '"u8, token, "'"u8);
        }
    }

    private void AcceptString(ReadOnlySpan<byte> token)
    {
        string? text = JsonStringDecoder.Decode(token, out string? error);
        if (text is null)
        {
            Error = error;
        }
        else if (_level.AwaitsKey)
        {
            _level.Key = text;
            _expected = Expected.Colon;
        }
        else
        {
            Complete(new QString(text));
        }
    }

    private void OpenLevel(Level level, Expected expected)
    {
        _outer.Push(_level);
        _level = level;
        _expected = expected;
    }

    private void CloseLevel()
    {
        QObject value = _level.Container!;
        _level = _outer.Pop();
        Complete(value);
    }

    private void Complete(QObject value)
    {
        switch (_level.Container)
        {
            case null:
                Value = value;
                break;
            case QList list:
                list.Add(value);
                _expected = Expected.ListSeparator;
                break;
            case QDict when _level.AwaitsKey:
                Fail("key is not a string in object");
                break;
            case QDict dict:
                if (!dict.TryAdd(_level.Key!, value))
                {
                    Fail("duplicate key");
                }

                _level.Key = null;
                _expected = Expected.DictSeparator;
                break;
        }
    }

    private void Fail(string error) => Error = JsonMessage.Make(error);

    private struct Level(QObject container)
    {
        public string? Key;

        public readonly QObject? Container => container;

        public readonly bool AwaitsKey => Key is null && container is QDict;
    }
}
