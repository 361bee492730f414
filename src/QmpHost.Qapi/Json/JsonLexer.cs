using System.Buffers;

namespace QmpHost.Qapi.Json;

/// <summary>Cuts a byte stream into tokens. Input may end anywhere; the next call goes on there.</summary>
internal sealed class JsonLexer
{
    private const int KeptBuffer = 16 * 1024;

    // No string contains these bytes: control characters, and two that UTF-8 never uses.
    private static readonly SearchValues<byte> DoubleQuotedStops = SearchValues.Create([.. Controls(), (byte)'"', (byte)'\\', 0xFE, 0xFF]);
    private static readonly SearchValues<byte> SingleQuotedStops = SearchValues.Create([.. Controls(), (byte)'\'', (byte)'\\', 0xFE, 0xFF]);

    // A tab does not end the skipping, unlike the other control characters.
    private static readonly SearchValues<byte> RecoveryStops =
        SearchValues.Create([.. Controls().Where(b => b != '\t'), .. "{}[]:,"u8, 0xFE, 0xFF]);

    private JsonLexerState _state;
    private byte[] _partial = [];
    private int _partialLength;

    /// <summary>Whether the last input ended within a token.</summary>
    public bool InToken => _state > JsonLexerState.Recovery;

    /// <summary>How many bytes of an unfinished token are held.</summary>
    public int PartialLength => _partialLength;

    /// <summary>Forgets an unfinished token.</summary>
    public void Reset()
    {
        _state = JsonLexerState.Start;
        _partialLength = 0;
    }

    /// <summary>Finds the next token.</summary>
    /// <param name="input">Bytes that follow those of the last call.</param>
    /// <param name="at">Where to go on; at the end, the first byte not taken.</param>
    /// <param name="token">The token's bytes, valid until the next call; not set for punctuation.</param>
    /// <returns>Its kind; <see cref="JsonTokenKind.None"/> when all input is taken.</returns>
    public JsonTokenKind Next(ReadOnlySpan<byte> input, ref int at, out ReadOnlySpan<byte> token)
    {
        token = default;
        int start = at;
        while (at < input.Length)
        {
            if (_state <= JsonLexerState.Recovery)
            {
                JsonTokenKind punctuation = Begin(input, ref at, out token);
                if (punctuation != JsonTokenKind.None)
                {
                    return punctuation;
                }

                start = at - 1;
                continue;
            }

            int room = JsonStreamParser.TokenSizeLimit + 1 - _partialLength;
            JsonTokenKind kind = Advance(input.Length - start > room ? input[..(start + room)] : input, ref at);
            if (kind != JsonTokenKind.None)
            {
                token = Finish(input[start..at]);
                _state = kind == JsonTokenKind.Stray ? JsonLexerState.Recovery : JsonLexerState.Start;
                return kind;
            }

            if (_partialLength + at - start > JsonStreamParser.TokenSizeLimit)
            {
                Reset();
                return JsonTokenKind.Oversized;
            }
        }

        if (InToken)
        {
            Keep(input[start..at]);
        }

        return JsonTokenKind.None;
    }

    /// <summary>Ends the input: completes an unfinished token.</summary>
    /// <param name="token">The token's bytes.</param>
    /// <returns>Its kind; <see cref="JsonTokenKind.None"/> if there is no unfinished token.</returns>
    public JsonTokenKind End(out ReadOnlySpan<byte> token)
    {
        token = default;
        if (!InToken)
        {
            return JsonTokenKind.None;
        }

        // Only numbers and keywords can end where the input ends.
        JsonTokenKind kind = _state switch
        {
            JsonLexerState.Zero or JsonLexerState.Digits => JsonTokenKind.Integer,
            JsonLexerState.Fraction or JsonLexerState.ExponentDigits => JsonTokenKind.Float,
            JsonLexerState.Keyword => JsonTokenKind.Keyword,
            _ => JsonTokenKind.Stray,
        };
        token = Finish([]);
        _state = JsonLexerState.Start;
        return kind;
    }

    private static IEnumerable<byte> Controls() => Enumerable.Range(0, 0x20).Select(i => (byte)i);

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    // Between tokens: takes one byte that is a token of its own or starts one. None with the state still between tokens means: no input left.
    private JsonTokenKind Begin(ReadOnlySpan<byte> input, ref int at, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (_state == JsonLexerState.Recovery)
        {
            int stop = input[at..].IndexOfAny(RecoveryStops);
            at = stop < 0 ? input.Length : at + stop;
            if (stop < 0)
            {
                return JsonTokenKind.None;
            }

            _state = JsonLexerState.Start;
        }

        while (at < input.Length)
        {
            byte b = input[at++];
            switch (b)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    continue;
                case (byte)'{':
                    return JsonTokenKind.LeftBrace;
                case (byte)'}':
                    return JsonTokenKind.RightBrace;
                case (byte)'[':
                    return JsonTokenKind.LeftBracket;
                case (byte)']':
                    return JsonTokenKind.RightBracket;
                case (byte)':':
                    return JsonTokenKind.Colon;
                case (byte)',':
                    return JsonTokenKind.Comma;
            }

            _state = StateAfterFirst(b);
            if (_state == JsonLexerState.Recovery)
            {
                token = input.Slice(at - 1, 1);
                return JsonTokenKind.Stray;
            }

            return JsonTokenKind.None;
        }

        return JsonTokenKind.None;
    }

    private static JsonLexerState StateAfterFirst(byte b) => b switch
    {
        (byte)'"' => JsonLexerState.DoubleQuoted,
        (byte)'\'' => JsonLexerState.SingleQuoted,
        (byte)'-' => JsonLexerState.Sign,
        (byte)'0' => JsonLexerState.Zero,
        >= (byte)'1' and <= (byte)'9' => JsonLexerState.Digits,
        >= (byte)'a' and <= (byte)'z' => JsonLexerState.Keyword,
        _ => JsonLexerState.Recovery,
    };

    // Within a token: takes bytes until it is complete or the input ends.
    private JsonTokenKind Advance(ReadOnlySpan<byte> input, ref int at)
    {
        switch (_state)
        {
            case JsonLexerState.DoubleQuoted:
                return AdvanceString(input, ref at, (byte)'"', DoubleQuotedStops, JsonLexerState.DoubleQuotedEscape);
            case JsonLexerState.SingleQuoted:
                return AdvanceString(input, ref at, (byte)'\'', SingleQuotedStops, JsonLexerState.SingleQuotedEscape);
            case JsonLexerState.DoubleQuotedEscape:
            case JsonLexerState.SingleQuotedEscape:
                return AdvanceEscape(input[at++]);
            case JsonLexerState.Keyword:
                int letters = input[at..].IndexOfAnyExceptInRange((byte)'a', (byte)'z');
                at = letters < 0 ? input.Length : at + letters;
                return letters < 0 ? JsonTokenKind.None : JsonTokenKind.Keyword;
            default:
                return AdvanceNumber(input, ref at);
        }
    }

    private JsonTokenKind AdvanceString(ReadOnlySpan<byte> input, ref int at, byte quote, SearchValues<byte> stops, JsonLexerState escape)
    {
        int stop = input[at..].IndexOfAny(stops);
        if (stop < 0)
        {
            at = input.Length;
            return JsonTokenKind.None;
        }

        at += stop + 1;
        byte b = input[at - 1];
        if (b == (byte)'\\')
        {
            _state = escape;
            return JsonTokenKind.None;
        }

        return b == quote ? JsonTokenKind.String : JsonTokenKind.Stray;
    }

    private JsonTokenKind AdvanceEscape(byte b)
    {
        if (b is < 0x20 or > 0xFD)
        {
            return JsonTokenKind.Stray;
        }

        _state = _state == JsonLexerState.DoubleQuotedEscape ? JsonLexerState.DoubleQuoted : JsonLexerState.SingleQuoted;
        return JsonTokenKind.None;
    }

    private JsonTokenKind AdvanceNumber(ReadOnlySpan<byte> input, ref int at)
    {
        byte b = input[at];
        bool digit = IsDigit(b);
        JsonLexerState next = _state switch
        {
            JsonLexerState.Sign when b == (byte)'0' => JsonLexerState.Zero,
            JsonLexerState.Sign when digit => JsonLexerState.Digits,
            JsonLexerState.Digits when digit => JsonLexerState.Digits,
            JsonLexerState.Zero or JsonLexerState.Digits when b == (byte)'.' => JsonLexerState.Point,
            JsonLexerState.Point or JsonLexerState.Fraction when digit => JsonLexerState.Fraction,
            JsonLexerState.Digits or JsonLexerState.Fraction when b is (byte)'e' or (byte)'E' => JsonLexerState.Exponent,
            JsonLexerState.Exponent when b is (byte)'+' or (byte)'-' => JsonLexerState.ExponentSign,
            JsonLexerState.Exponent or JsonLexerState.ExponentSign or JsonLexerState.ExponentDigits when digit => JsonLexerState.ExponentDigits,
            _ => JsonLexerState.Start,
        };
        if (next != JsonLexerState.Start)
        {
            _state = next;
            at++;
            return JsonTokenKind.None;
        }

        // The byte that ends a complete number belongs to what follows; one that makes it impossible belongs to the error.
        switch (_state)
        {
            case JsonLexerState.Digits:
            case JsonLexerState.Zero when !digit:
                return JsonTokenKind.Integer;
            case JsonLexerState.Fraction:
            case JsonLexerState.ExponentDigits:
                return JsonTokenKind.Float;
            default:
                at++;
                return JsonTokenKind.Stray;
        }
    }

    private ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> rest)
    {
        if (_partialLength == 0)
        {
            return rest;
        }

        Keep(rest);
        ReadOnlySpan<byte> token = _partial.AsSpan(0, _partialLength);
        _partialLength = 0;
        if (_partial.Length > KeptBuffer)
        {
            _partial = [];
        }

        return token;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_partial.Length - _partialLength < bytes.Length)
        {
            Array.Resize(ref _partial, Math.Max(_partialLength + bytes.Length, Math.Max(64, _partial.Length * 2)));
        }

        bytes.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += bytes.Length;
    }
}
