using System.Globalization;
using System.Text;

namespace QmpHost.Qapi.Json;

/// <summary>Turns string tokens into text.</summary>
internal static class JsonStringDecoder
{
    private const int StackLimit = 512;

    /// <summary>Decodes a string token.</summary>
    /// <param name="token">The token with its quotes.</param>
    /// <param name="error">What is wrong with it, or null.</param>
    /// <returns>The text; null if there is an error.</returns>
    public static string? Decode(ReadOnlySpan<byte> token, out string? error)
    {
        error = null;
        ReadOnlySpan<byte> content = token[1..^1];
        if (content.IndexOf((byte)'\\') < 0)
        {
            if (JsonStringCache.TryGet(content) is { } known)
            {
                return known;
            }

            if (ModifiedUtf8.IsOrdinary(content))
            {
                return Encoding.UTF8.GetString(content);
            }
        }

        return DecodeSlowly(token, content.Length, out error);
    }

    private static string? DecodeSlowly(ReadOnlySpan<byte> token, int contentLength, out string? error)
    {
        // No character becomes longer by decoding.
        Span<char> text = contentLength <= StackLimit ? stackalloc char[StackLimit] : new char[contentLength];
        int used = 0;
        int at = 1;
        while (at <= contentLength)
        {
            int codePoint;
            if (token[at] == (byte)'\\')
            {
                codePoint = DecodeEscape(token, ref at, out error);
                if (error is not null)
                {
                    return null;
                }
            }
            else
            {
                codePoint = ModifiedUtf8.Decode(token.Slice(at, contentLength + 1 - at), out int length);
                at += length;
                if (codePoint < 0)
                {
                    error = JsonMessage.Make("invalid UTF-8 sequence in string");
                    return null;
                }
            }

            used += new Rune(codePoint).EncodeToUtf16(text[used..]);
        }

        error = null;
        return new string(text[..used]);
    }

    // The lexer lets no token end behind a backslash, so that there is always a byte behind one.
    private static int DecodeEscape(ReadOnlySpan<byte> token, ref int at, out string? error)
    {
        int backslash = at;
        byte letter = token[at + 1];
        at += 2;
        error = null;
        switch (letter)
        {
            case (byte)'"' or (byte)'\'' or (byte)'\\' or (byte)'/':
                return letter;
            case (byte)'b':
                return '\b';
            case (byte)'f':
                return '\f';
            case (byte)'n':
                return '\n';
            case (byte)'r':
                return '\r';
            case (byte)'t':
                return '\t';
            case (byte)'u':
                return DecodeUnicode(token, backslash, ref at, out error);
            default:
                error = JsonMessage.Make("invalid escape sequence in string");
                return -1;
        }
    }

    private static int DecodeUnicode(ReadOnlySpan<byte> token, int backslash, ref int at, out string? error)
    {
        error = null;
        int codePoint = Hex(token, at);
        at = Math.Min(at + 4, token.Length);
        if (codePoint is >= 0xD800 and <= 0xDBFF && token[at..].StartsWith("\\u"u8) && Hex(token, at + 2) is >= 0xDC00 and <= 0xDFFF and int low)
        {
            codePoint = 0x10000 + ((codePoint & 0x3FF) << 10) + (low & 0x3FF);
            at += 6;
        }

        if (codePoint < 0 || !ModifiedUtf8.IsValid(codePoint))
        {
            error = JsonMessage.Quote(default, token[backslash..at], " is not a valid Unicode character"u8);
        }

        return codePoint;
    }

    private static int Hex(ReadOnlySpan<byte> token, int at) =>
        at + 4 <= token.Length && ushort.TryParse(token.Slice(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value)
            ? value
            : -1;
}
