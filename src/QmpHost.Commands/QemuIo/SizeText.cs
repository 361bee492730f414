using System.Globalization;

namespace QmpHost.Commands.QemuIo;

/// <summary>Sizes as qemu-io reads and prints them: "64k", "0x1000", "1.5M"; "64 KiB", "63.875 MiB".</summary>
internal static class SizeText
{
    private const string Suffixes = "bkmgtpe";

    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Parses a size in bytes.</summary>
    /// <param name="text">A decimal number with an optional fraction and suffix, or a hexadecimal number with an optional suffix.</param>
    /// <param name="warn">Told of notations that are going away.</param>
    /// <returns>The size, or the error as qemu-io prints it.</returns>
    public static (long Value, string? Error) Parse(string text, Action<string>? warn = null)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ParseHexadecimal(text, warn);
        }

        int sign = text.StartsWith('+') ? 1 : 0;
        int digits = CountDigits(text, sign);
        if (digits == 0)
        {
            return (0, NotNumeric(text));
        }

        int position = sign + digits;
        decimal fraction = 0;
        if (position < text.Length && text[position] == '.')
        {
            int length = CountDigits(text, position + 1);
            _ = length > 0 && decimal.TryParse("0." + text.AsSpan(position + 1, Math.Min(length, 20)).ToString(), CultureInfo.InvariantCulture, out fraction);
            position += 1 + length;
        }

        int shift = 0;
        if (position < text.Length)
        {
            int suffix = Suffixes.IndexOf(char.ToLowerInvariant(text[position]), StringComparison.Ordinal);
            if (suffix < 0 || position + 1 < text.Length)
            {
                return (0, NotNumeric(text));
            }

            shift = suffix * 10;
        }

        if (fraction != 0 && shift == 0)
        {
            return (0, NotNumeric(text));
        }

        return Scale(text, text.Substring(sign, digits), fraction, shift);
    }

    /// <summary>Prints a size with a binary unit, with three decimals where it is not whole.</summary>
    /// <param name="bytes">The size in bytes.</param>
    /// <returns>For example "1.500 KiB".</returns>
    public static string Format(double bytes)
    {
        int unit = Units.Length - 1;
        while (unit > 0 && bytes < Math.Pow(1024, unit))
        {
            unit--;
        }

        // Fractions of a byte appear in rates only, and there with all six decimals.
        int decimals = unit == 0 ? 6 : 3;
        string number = (bytes / Math.Pow(1024, unit)).ToString("F" + decimals, CultureInfo.InvariantCulture);
        string zeroes = "." + new string('0', decimals);
        return (number.EndsWith(zeroes, StringComparison.Ordinal) ? number[..^zeroes.Length] : number) + " " + Units[unit];
    }

    private static int CountDigits(string text, int start)
    {
        int end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end - start;
    }

    private static (long Value, string? Error) ParseHexadecimal(string text, Action<string>? warn)
    {
        int end = 2;
        while (end < text.Length && char.IsAsciiHexDigit(text[end]))
        {
            end++;
        }

        if (end == 2)
        {
            return (0, NotNumeric(text));
        }

        int shift = 0;
        if (end < text.Length)
        {
            int suffix = Suffixes.IndexOf(char.ToLowerInvariant(text[end]), StringComparison.Ordinal);
            if (suffix < 0)
            {
                return (0, NotNumeric(text));
            }

            warn?.Invoke($"Using a multiplier suffix on hex numbers is deprecated: {text}");
            if (end + 1 < text.Length)
            {
                return (0, NotNumeric(text));
            }

            shift = suffix * 10;
        }

        return UInt128.TryParse(text.AsSpan(2, end - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value)
            && value <= ulong.MaxValue && value << shift <= long.MaxValue
            ? ((long)(value << shift), null)
            : (0, TooLarge(text));
    }

    private static (long Value, string? Error) Scale(string text, string digits, decimal fraction, int shift)
    {
        if (!UInt128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 whole) || whole > long.MaxValue)
        {
            return (0, TooLarge(text));
        }

        UInt128 value = (whole << shift) + (ulong)(fraction * (1L << Math.Min(shift, 60)));
        return value > long.MaxValue ? (0, TooLarge(text)) : ((long)value, null);
    }

    private static string NotNumeric(string text) => $"Parsing error: non-numeric argument, or extraneous/unrecognized suffix -- {text}";

    private static string TooLarge(string text) => $"Parsing error: argument too large -- {text}";
}
