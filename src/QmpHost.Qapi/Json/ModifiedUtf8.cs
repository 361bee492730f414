using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace QmpHost.Qapi.Json;

/// <summary>UTF-8 as the dialect has it: U+0000 may be written in two bytes, and noncharacters are not allowed.</summary>
internal static class ModifiedUtf8
{
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
}
