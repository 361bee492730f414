using System.Globalization;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>How memory and numbers are shown, as the part behind a slash says.</summary>
/// <param name="Count">How many.</param>
/// <param name="Letter">The kind: x, d, u, o, c, or i for instructions.</param>
/// <param name="Size">The number of bytes of each.</param>
internal readonly record struct HmpFormat(int Count, char Letter, int Size)
{
    private const int BitsPerByte = 8;
    private const int FirstPrintable = 32, LastPrintable = 126;

    /// <summary>How a number is shown where all digits count.</summary>
    /// <param name="value">The number.</param>
    public string Show(long value) => Letter switch
    {
        'o' => value == 0 ? "0" : "0" + Octal((ulong)value),
        'x' => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
        'u' => ((ulong)value).ToString(CultureInfo.InvariantCulture),
        'c' => ShowCharacter((ulong)value),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>How one of many is shown, in the width of the largest.</summary>
    /// <param name="value">The number.</param>
    /// <param name="octalHasPrefix">Whether an octal number is filled up behind its first digit.</param>
    public string ShowAligned(ulong value, bool octalHasPrefix)
    {
        int octals = ((Size * BitsPerByte) + 2) / 3;
        return Letter switch
        {
            'o' when octalHasPrefix => "0" + Octal(value).PadLeft(octals),
            'o' => (value == 0 ? "0" : "0" + Octal(value)).PadLeft(octals),
            'x' => "0x" + value.ToString("x", CultureInfo.InvariantCulture).PadLeft(Size * 2, '0'),
            'u' => value.ToString(CultureInfo.InvariantCulture).PadLeft(DecimalWidth),
            'd' => SignExtend(value).ToString(CultureInfo.InvariantCulture).PadLeft(DecimalWidth),
            _ => ShowCharacter(value),
        };
    }

    private int DecimalWidth => Size switch
    {
        1 => 3,
        2 => 5,
        4 => 10,
        _ => 20,
    };

    private long SignExtend(ulong value) => Size switch
    {
        1 => (sbyte)value,
        2 => (short)value,
        4 => (int)value,
        _ => (long)value,
    };

    private static string Octal(ulong value) => Convert.ToString((long)value, 8);

    private static string ShowCharacter(ulong value)
    {
        string text = value switch
        {
            '\'' => "\\'",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            >= FirstPrintable and <= LastPrintable => ((char)value).ToString(),
            _ => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
        };
        return $"'{text}'";
    }
}
