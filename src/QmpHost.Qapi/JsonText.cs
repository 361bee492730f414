using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi;

/// <summary>How scalars look in QEMU's JSON.</summary>
internal static class JsonText
{
    /// <summary>No number takes more bytes.</summary>
    public const int LongestNumber = 32;

    /// <summary>No character takes more bytes in a string.</summary>
    public const int LongestEscape = 6;

    private const char FirstSurrogate = '\uD800';
    private const char Replacement = '\uFFFD';

    public static int Format(long value, Span<byte> span)
    {
        Utf8Formatter.TryFormat(value, span, out int written);
        return written;
    }

    public static int Format(ulong value, Span<byte> span)
    {
        Utf8Formatter.TryFormat(value, span, out int written);
        return written;
    }

    public static int Format(double value, Span<byte> span)
    {
        if (!double.IsFinite(value))
        {
            return Encoding.UTF8.GetBytes(double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf", span);
        }

        value.TryFormat(span, out int written, "G17", CultureInfo.InvariantCulture);
        int exponent = span[..written].IndexOf((byte)'E');
        if (exponent >= 0)
        {
            span[exponent] = (byte)'e';
        }

        return written;
    }

    // The span holds at least LongestEscape bytes for each character.
    public static int Escape(ReadOnlySpan<char> text, Span<byte> span)
    {
        int used = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= ' ' and < (char)0x7F and not '"' and not '\\')
            {
                span[used++] = (byte)c;
            }
            else if (c < FirstSurrogate)
            {
                used += Escape(c, span[used..]);
            }
            else
            {
                used += EscapeHigh(text[i..], span[used..], out int taken);
                i += taken - 1;
            }
        }

        return used;
    }

    // What is no text, or no character, is shown as the one that stands for such things.
    private static int EscapeHigh(ReadOnlySpan<char> text, Span<byte> span, out int taken)
    {
        if (Rune.DecodeFromUtf16(text, out Rune rune, out taken) != OperationStatus.Done || !ModifiedUtf8.IsValid(rune.Value))
        {
            taken = ModifiedUtf8.IsKeptByte(text[0]) ? ModifiedUtf8.KeptSequenceLength(text) : taken;
            return Escape(Replacement, span);
        }

        int used = Escape(text[0], span);
        return taken == 1 ? used : used + Escape(text[1], span[used..]);
    }

    private static int Escape(char c, Span<byte> span)
    {
        byte letter = c switch
        {
            '"' => (byte)'"',
            '\\' => (byte)'\\',
            '\b' => (byte)'b',
            '\f' => (byte)'f',
            '\n' => (byte)'n',
            '\r' => (byte)'r',
            '\t' => (byte)'t',
            _ => 0,
        };
        span[0] = (byte)'\\';
        if (letter != 0)
        {
            span[1] = letter;
            return 2;
        }

        span[1] = (byte)'u';
        ((uint)c).TryFormat(span[2..], out _, "X4", CultureInfo.InvariantCulture);
        return 6;
    }
}
