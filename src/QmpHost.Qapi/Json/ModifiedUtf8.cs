using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace QmpHost.Qapi.Json;

/// <summary>
/// Text as QEMU's programs keep it: UTF-8 with U+0000 in two bytes, so that a name never ends early, and noncharacters not
/// allowed. Bytes that are no text are kept, each as a lone low surrogate, and become the same bytes again.
/// </summary>
public static class ModifiedUtf8
{
    private const char FirstKeptByte = '\uDC80';
    private const char LastKeptByte = '\uDCFF';
    private const int KeptByteBase = 0xDC00;

    /// <summary>Turns bytes of a file, an address or a client into text.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text, which <see cref="GetBytes(string)"/> turns back.</returns>
    public static string GetString(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            int codePoint = Decode(bytes, out int length);
            if (codePoint >= 0)
            {
                text.Append(char.ConvertFromUtf32(codePoint));
            }
            else
            {
                Keep(bytes[..length], text);
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Turns bytes into text up to the first zero byte, as C programs read names from files.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text.</returns>
    public static string GetTerminatedString(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>How many bytes a text takes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The number of bytes.</returns>
    public static int GetByteCount(string text) => IsPlain(text) ? Encoding.UTF8.GetByteCount(text) : GetBytes(text).Length;

    /// <summary>Turns text into bytes without zeroes among them.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The bytes.</returns>
    public static byte[] GetBytes(string text)
    {
        if (IsPlain(text))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var bytes = new ArrayBufferWriter<byte>(text.Length + 8);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int used = WriteFirst(rest, bytes);
            rest = rest[used..];
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Turns text into bytes with a zero behind them, as system calls take names.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The bytes.</returns>
    public static byte[] GetTerminatedBytes(string text)
    {
        byte[] bytes = GetBytes(text);
        Array.Resize(ref bytes, bytes.Length + 1);
        return bytes;
    }

    /// <summary>The bytes at the front of a text that stand for themselves, as one whole invalid sequence.</summary>
    /// <param name="text">A text that begins with a kept byte.</param>
    /// <returns>How many characters the sequence has.</returns>
    internal static int KeptSequenceLength(ReadOnlySpan<char> text)
    {
        // No sequence is longer than its lead byte promises.
        Span<byte> bytes = stackalloc byte[6];
        int count = 0;
        while (count < bytes.Length && count < text.Length && IsKeptByte(text[count]))
        {
            bytes[count] = (byte)(text[count] - KeptByteBase);
            count++;
        }

        _ = Decode(bytes[..count], out int length);
        return length;
    }

    /// <summary>Whether a character stands for a byte that is no text.</summary>
    internal static bool IsKeptByte(char c) => c is >= FirstKeptByte and <= LastKeptByte;

    /// <summary>Whether a character may stand in a string.</summary>
    /// <param name="codePoint">A number up to 0x10FFFF.</param>
    /// <returns>False for surrogates and noncharacters.</returns>
    public static bool IsValid(int codePoint) =>
        codePoint is not (>= 0xD800 and <= 0xDFFF)
        && codePoint is not (>= 0xFDD0 and <= 0xFDEF)
        && (codePoint & 0xFFFE) != 0xFFFE
        && codePoint <= 0x10FFFF;

    /// <summary>Takes one character off the front of a text.</summary>
    /// <param name="bytes">The text, not empty.</param>
    /// <param name="length">How many bytes the character, or the invalid sequence, takes.</param>
    /// <returns>The character, or -1 for an invalid sequence.</returns>
    public static int Decode(ReadOnlySpan<byte> bytes, out int length)
    {
        byte lead = bytes[0];
        length = 1;
        if (lead < 0x80)
        {
            return lead;
        }

        // A lead byte may promise up to five more, since that is how the encoding was once defined.
        int promised = lead switch { < 0xC0 => 0, < 0xE0 => 1, < 0xF0 => 2, < 0xF8 => 3, < 0xFC => 4, < 0xFE => 5, _ => 0 };
        if (promised == 0)
        {
            return -1;
        }

        int codePoint = lead & (0x3F >> promised);
        while (length <= promised && length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            codePoint = (codePoint << 6) | (bytes[length++] & 0x3F);
        }

        bool complete = length == promised + 1;
        bool shortest = promised switch { 1 => codePoint >= 0x80 || codePoint == 0, 2 => codePoint >= 0x800, 3 => codePoint >= 0x10000, _ => false };
        return complete && shortest && IsValid(codePoint) ? codePoint : -1;
    }

    /// <summary>Turns bytes into text for a message: each invalid sequence becomes U+FFFD.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text.</returns>
    public static string ToMessage(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            int codePoint = Decode(bytes, out int length);
            text.Append(codePoint < 0 ? "\uFFFD" : char.ConvertFromUtf32(codePoint));
            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Whether bytes are plain valid text of the dialect, so that they can be decoded at once.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>False if some sequence needs a closer look.</returns>
    public static bool IsOrdinary(ReadOnlySpan<byte> bytes) => Ascii.IsValid(bytes) || (Utf8.IsValid(bytes) && !MayHoldNoncharacter(bytes));

    // Every noncharacter ends in two bytes BF BE to BF BF, or B7 90 to B7 AF, behind its lead.
    private static bool MayHoldNoncharacter(ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at + 1 < bytes.Length; at++)
        {
            if ((bytes[at] == 0xBF && bytes[at + 1] >= 0xBE) || (bytes[at] == 0xB7 && bytes[at + 1] is >= 0x90 and <= 0xAF))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPlain(ReadOnlySpan<char> text) => text.IndexOf('\0') < 0 && text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    private static void Keep(ReadOnlySpan<byte> sequence, StringBuilder text)
    {
        // A noncharacter is text to everybody else.
        if (Utf8.IsValid(sequence))
        {
            text.Append(Encoding.UTF8.GetString(sequence));
            return;
        }

        foreach (byte b in sequence)
        {
            text.Append((char)(KeptByteBase + b));
        }
    }

    private static int WriteFirst(ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes)
    {
        if (text[0] == '\0')
        {
            bytes.Write<byte>([0xC0, 0x80]);
            return 1;
        }

        if (Rune.DecodeFromUtf16(text, out Rune rune, out int used) == OperationStatus.Done)
        {
            bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
            return used;
        }

        if (IsKeptByte(text[0]))
        {
            bytes.Write<byte>([(byte)(text[0] - KeptByteBase)]);
        }
        else
        {
            bytes.Write("\uFFFD"u8);
        }

        return 1;
    }
}
