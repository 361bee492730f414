using System.Globalization;

namespace QmpHost.Commands.QemuIo;

/// <summary>Pattern bytes as qemu-io reads them, and buffers that are filled with or compared to them.</summary>
internal static class PatternText
{
    /// <summary>What writes without a pattern write.</summary>
    public const byte Default = 0xcd;

    /// <summary>Parses a pattern byte in decimal, hexadecimal ("0x49") or octal ("077").</summary>
    /// <param name="context">Where the error goes.</param>
    /// <param name="text">The text.</param>
    /// <param name="pattern">The byte.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(QemuIoContext context, string text, out byte pattern)
    {
        if (TryParseNumber(text, out long value) && value is >= 0 and <= 255)
        {
            pattern = (byte)value;
            return true;
        }

        context.Print($"{text} is not a valid pattern byte");
        pattern = 0;
        return false;
    }

    private static bool TryParseNumber(string text, out long value)
    {
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = text.AsSpan(isNegative || text.StartsWith('+') ? 1 : 0);
        value = 0;
        bool isNumber = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : digits.Length > 1 && digits[0] == '0'
                ? TryParseOctal(digits, out value)
                : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        value = isNegative ? -value : value;
        return isNumber;
    }

    private static bool TryParseOctal(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        foreach (char c in text)
        {
            if (c is < '0' or > '7' || value > 255)
            {
                return false;
            }

            value = (value * 8) + (c - '0');
        }

        return true;
    }
}
