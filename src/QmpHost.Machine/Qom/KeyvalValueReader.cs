using System.Globalization;
using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>Reads a value that came as text, in the key=value notation.</summary>
public sealed class KeyvalValueReader : QomValueReader
{
    private readonly string _text;

    /// <summary>Makes a reader.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="text">The value.</param>
    public KeyvalValueReader(string name, string text)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <inheritdoc/>
    public override long ReadInt64()
    {
        ulong magnitude = ReadMagnitude(out bool negative);
        ulong limit = negative ? 1UL << 63 : long.MaxValue;
        return magnitude > limit ? throw Wrong("integer") : unchecked(negative ? -(long)magnitude : (long)magnitude);
    }

    /// <inheritdoc/>
    public override ulong ReadUInt64()
    {
        ulong magnitude = ReadMagnitude(out bool negative);
        return negative ? unchecked(0 - magnitude) : magnitude;
    }

    /// <inheritdoc/>
    public override ulong ReadSize()
    {
        ReadOnlySpan<char> text = _text.AsSpan().TrimStart();
        int shift = text.IsEmpty ? -1 : SuffixShift(text[^1]);
        if (shift >= 0)
        {
            text = text[..^1];
        }

        const NumberStyles style = NumberStyles.AllowDecimalPoint;
        if (!text.IsEmpty && decimal.TryParse(text, style, CultureInfo.InvariantCulture, out decimal number))
        {
            // Bytes come in whole ones; a fraction needs a suffix that makes bytes of it.
            decimal bytes = decimal.Truncate(number * (1UL << Math.Max(shift, 0)));
            if (bytes <= ulong.MaxValue && (shift > 0 || bytes == number))
            {
                return (ulong)bytes;
            }
        }
        else if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && shift < 0)
        {
            return ReadUInt64();
        }

        throw Wrong("size");
    }

    /// <inheritdoc/>
    public override bool ReadBool() => _text switch
    {
        "on" or "yes" or "true" or "y" => true,
        "off" or "no" or "false" or "n" => false,
        _ => throw Wrong("'on' or 'off'"),
    };

    /// <inheritdoc/>
    public override string ReadString() => _text;

    /// <inheritdoc/>
    public override QDict ReadStruct() => throw new QmpException($"Invalid parameter type for '{Name}', expected: object");

    /// <inheritdoc/>
    public override QList ReadList() => throw new QmpException($"Invalid parameter type for '{Name}', expected: array");

    private static int SuffixShift(char suffix) => char.ToUpperInvariant(suffix) switch
    {
        'B' => 0,
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        'P' => 50,
        'E' => 60,
        _ => -1,
    };

    // As the C library reads numbers: space, a sign, and a prefix that tells the base.
    private ulong ReadMagnitude(out bool negative)
    {
        ReadOnlySpan<char> text = _text.AsSpan().TrimStart();
        negative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is '-' or '+')
        {
            text = text[1..];
        }

        ulong value;
        bool valid = text switch
        {
            ['0', 'x' or 'X', .. var digits] => ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value),
            ['0', .. { Length: > 0 } digits] => TryParseOctal(digits, out value),
            _ => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value),
        };
        return valid ? value : throw Wrong("integer");
    }

    private static bool TryParseOctal(ReadOnlySpan<char> digits, out ulong value)
    {
        value = 0;
        foreach (char c in digits)
        {
            if (c is < '0' or > '7' || value > ulong.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (uint)(c - '0');
        }

        return true;
    }

    private QmpException Wrong(string expected) => new($"Parameter '{Name}' expects {expected}");
}
