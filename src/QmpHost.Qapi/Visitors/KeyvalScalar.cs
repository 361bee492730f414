using System.Globalization;

namespace QmpHost.Qapi;

/// <summary>Scalars in the command line's key=value notation.</summary>
internal static class KeyvalScalar
{
    private const string SizeSuffixes = "bkmgtpe";

    /// <summary>A switch.</summary>
    /// <param name="text">"on" or "off", or one of their old spellings.</param>
    /// <returns>The value, or null.</returns>
    public static QBool? ParseBool(string text) => text switch
    {
        "on" or "yes" or "true" or "y" => QBool.True,
        "off" or "no" or "false" or "n" => QBool.False,
        _ => null,
    };

    /// <summary>An integer in decimal, hexadecimal ("0x") or octal (leading 0) notation.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The value, or null.</returns>
    public static QNum? ParseInteger(string text)
    {
        text = text.TrimStart(' ', '\t', '\n', '\v', '\f', '\r');
        bool negative = text.StartsWith('-');
        string digits = negative || text.StartsWith('+') ? text[1..] : text;
        if (!TryParseMagnitude(digits, out ulong magnitude))
        {
            return null;
        }

        if (!negative)
        {
            return magnitude <= long.MaxValue ? new QNum((long)magnitude) : new QNum(magnitude);
        }

        return magnitude <= 1UL << 63 ? new QNum(unchecked(-(long)magnitude)) : null;
    }

    /// <summary>A number with an optional fraction.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The value, or null.</returns>
    public static QNum? ParseNumber(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? new QNum(value)
            : null;

    /// <summary>A size with an optional binary suffix, for example "1.5M".</summary>
    /// <param name="text">The text.</param>
    /// <returns>The size in bytes, or null.</returns>
    public static ulong? ParseSize(string text)
    {
        int suffix = text.Length > 0 ? SizeSuffixes.IndexOf(char.ToLowerInvariant(text[^1]), StringComparison.Ordinal) : -1;
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        string number = suffix >= 0 && !hexadecimal ? text[..^1] : text;
        ulong unit = suffix >= 0 && !hexadecimal ? 1UL << (suffix * 10) : 1;
        if (TryParseMagnitude(number, out ulong whole) && (hexadecimal || number[0] != '0' || number.Length == 1))
        {
            return whole <= ulong.MaxValue / unit ? whole * unit : null;
        }

        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal fraction)
            && fraction * unit <= ulong.MaxValue && (unit > 1 || decimal.Truncate(fraction) == fraction)
            ? (ulong)(fraction * unit)
            : null;
    }

    private static bool TryParseMagnitude(string digits, out ulong value)
    {
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        if (digits.Length > 1 && digits[0] == '0')
        {
            return TryParseOctal(digits, out value);
        }

        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryParseOctal(string digits, out ulong value)
    {
        value = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || value >> 61 != 0)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }
}
