using System.Globalization;
using System.Text;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Reads the arguments of one human monitor command from left to right.</summary>
/// <param name="line">The command line.</param>
/// <param name="position">Where the arguments begin.</param>
/// <param name="diagnostics">Where errors inside a string are told: the process's standard output, as QEMU does.</param>
/// <param name="command">The command's name, for errors.</param>
/// <param name="registers">Finds the value of a processor's register, which numbers may be made from.</param>
internal sealed class HmpArgumentReader(string line, int position, TextWriter diagnostics, string command, Func<string, long?> registers)
{
    private int _position = position;

    /// <summary>Whether only white space is left.</summary>
    public bool AtEnd
    {
        get
        {
            SkipSpace();
            return _position == line.Length;
        }
    }

    /// <summary>Takes a flag such as "-d" if it comes next.</summary>
    /// <param name="letter">The flag's letter.</param>
    /// <param name="later">The letters of flags that may come in its place.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="HmpArgumentException">Another flag was there.</exception>
    public bool TakeFlag(char letter, string later = "")
    {
        SkipSpace();
        if (_position + 1 >= line.Length || line[_position] != '-')
        {
            return false;
        }

        char given = line[_position + 1];
        if (given != letter)
        {
            return later.Contains(given) ? false : throw new HmpArgumentException($"unsupported option -{given}");
        }

        _position += 2;
        return true;
    }

    /// <summary>Takes a word or a quoted string.</summary>
    /// <param name="expected">What the error says is expected.</param>
    /// <returns>The string.</returns>
    /// <exception cref="HmpArgumentException">There is none, or it does not end.</exception>
    public string TakeString(string expected)
        => TryTakeString() ?? throw new HmpArgumentException($"{expected} expected");

    /// <summary>Takes a word or a quoted string, which must be all that is left.</summary>
    /// <param name="expected">What the error says is expected.</param>
    /// <returns>The string.</returns>
    /// <exception cref="HmpArgumentException">There is none, it does not end, or something follows.</exception>
    public string TakeOnlyString(string expected)
    {
        string text = TakeString(expected);
        ExpectEnd();
        return text;
    }

    /// <summary>Takes a word or a quoted string, if anything is left.</summary>
    /// <param name="expected">What the error says is expected.</param>
    /// <returns>The string, or null where nothing is left.</returns>
    /// <exception cref="HmpArgumentException">There is a string that does not end.</exception>
    public string? TakeOptionalString(string expected) => AtEnd ? null : TakeString(expected);

    /// <summary>Takes "on" or "off".</summary>
    /// <returns>Whether it was "on".</returns>
    /// <exception cref="HmpUsageException">It was neither.</exception>
    public bool TakeSwitch() => TryTakeString() switch
    {
        "on" => true,
        "off" => false,
        _ => throw new HmpUsageException("Expected 'on' or 'off'"),
    };

    /// <summary>Takes everything that is left, as options that read it themselves want it.</summary>
    /// <returns>The text; empty where nothing is left.</returns>
    public string TakeRest()
    {
        SkipSpace();
        string rest = line[_position..].TrimEnd();
        _position = line.Length;
        return rest;
    }

    /// <summary>Takes a whole number, if anything is left, as the last argument.</summary>
    /// <returns>The number, or null where nothing is left.</returns>
    /// <exception cref="HmpUsageException">There is something else, or something behind it.</exception>
    public long? TakeLastNumber()
    {
        long? number = AtEnd ? null : TakeNumber();
        ExpectEnd();
        return number;
    }

    /// <summary>Takes a whole number of 32 bits, if anything is left, as the last argument.</summary>
    /// <returns>The number, or null where nothing is left.</returns>
    /// <exception cref="HmpUsageException">There is something else, or something behind it.</exception>
    public long? TakeLastShortNumber()
    {
        long? number = AtEnd ? null : TakeShortNumber();
        ExpectEnd();
        return number;
    }

    /// <summary>Takes an expression of whole numbers.</summary>
    /// <exception cref="HmpUsageException">There is none.</exception>
    public long TakeNumber()
    {
        SkipSpace();
        var expression = new HmpExpression(line, _position, registers);
        long number = expression.Read();
        _position = expression.Position;
        return number;
    }

    /// <summary>Takes an expression of whole numbers whose value has 32 bits.</summary>
    /// <returns>The value, from zero.</returns>
    /// <exception cref="HmpUsageException">There is none, or it has more bits.</exception>
    public long TakeShortNumber()
        => TakeNumber() is var number and >= 0 and <= uint.MaxValue ? number : throw new HmpUsageException($"'{command}' has failed: integer is for 32-bit values");

    /// <summary>Takes what is left behind a dot, if there is one.</summary>
    /// <returns>The number behind it, or null without a dot.</returns>
    /// <exception cref="HmpUsageException">There is no number behind the dot.</exception>
    public long? TakeIndex()
    {
        SkipSpace();
        if (_position == line.Length || line[_position] != '.')
        {
            return null;
        }

        _position++;
        return TakeShortNumber();
    }

    /// <summary>Takes the part behind a slash that says how things are shown, if there is one.</summary>
    /// <param name="usual">What holds where nothing is said.</param>
    /// <returns>How many there are, and what was said of the rest; for instructions the size is not changed.</returns>
    /// <exception cref="HmpUsageException">Something is not known.</exception>
    public HmpFormat TakeFormat(HmpFormat usual)
    {
        SkipSpace();
        if (_position == line.Length || line[_position] != '/')
        {
            return usual with { Count = 1 };
        }

        _position++;
        int start = _position;
        while (_position < line.Length && char.IsAsciiDigit(line[_position]))
        {
            _position++;
        }

        int count = start == _position ? 1 : int.TryParse(line.AsSpan(start, _position - start), out int given) ? given : int.MaxValue;
        char letter = usual.Letter;
        int size = usual.Size;
        for (; _position < line.Length && !char.IsWhiteSpace(line[_position]); _position++)
        {
            switch (line[_position])
            {
                case 'o' or 'c' or 'x' or 'u' or 'd' or 'i':
                    letter = line[_position];
                    break;
                case 'b':
                    size = 1;
                    break;
                case 'h':
                    size = 2;
                    break;
                case 'w':
                    size = 4;
                    break;
                case 'g' or 'L':
                    size = 8;
                    break;
                default:
                    throw new HmpUsageException($"invalid char in format: '{line[_position]}'");
            }
        }

        return new HmpFormat(count, letter, letter == 'i' ? usual.Size : size);
    }

    /// <summary>Takes a size: mebibytes, or what a suffix says.</summary>
    /// <returns>The size in bytes.</returns>
    /// <exception cref="HmpArgumentException">There is none.</exception>
    public long TakeSize()
    {
        const int mebi = 20;
        string word = TryTakeString() ?? string.Empty;
        int shift = word.Length == 0 ? -1 : char.ToUpperInvariant(word[^1]) switch
        {
            'B' => 0,
            'K' => 10,
            'M' => mebi,
            'G' => 30,
            'T' => 40,
            'P' => 50,
            'E' => 60,
            _ => -1,
        };
        string digits = shift < 0 ? word : word[..^1];
        if (decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            decimal bytes = decimal.Truncate(number * (1L << Math.Max(shift, shift < 0 ? mebi : 0)));
            if (bytes <= long.MaxValue)
            {
                return (long)bytes;
            }
        }

        throw new HmpUsageException("invalid size");
    }

    /// <summary>Fails if anything but white space is left.</summary>
    /// <exception cref="HmpArgumentException">Something is left.</exception>
    public void ExpectEnd()
    {
        if (!AtEnd)
        {
            throw new HmpArgumentException("extraneous characters at the end of line");
        }
    }

    /// <summary>Takes a word or a quoted string, if there is one.</summary>
    /// <returns>The string, or null if there is none or it does not end.</returns>
    public string? TryTakeString()
    {
        SkipSpace();
        if (_position == line.Length)
        {
            return null;
        }

        if (line[_position] == '"')
        {
            _position++;
            return TakeQuoted();
        }

        int start = _position;
        while (_position < line.Length && !char.IsWhiteSpace(line[_position]))
        {
            _position++;
        }

        return line[start.._position];
    }

    private string? TakeQuoted()
    {
        var text = new StringBuilder();
        while (_position < line.Length && line[_position] != '"')
        {
            char c = line[_position++];
            if (c == '\\')
            {
                if (_position == line.Length)
                {
                    break;
                }

                char escape = line[_position++];
                c = escape switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    '\\' or '\'' or '"' => escape,
                    _ => '\0',
                };
                if (c == '\0')
                {
                    diagnostics.WriteLine($"unsupported escape code: '\\{escape}'");
                    return null;
                }
            }

            text.Append(c);
        }

        if (_position == line.Length)
        {
            diagnostics.WriteLine("unterminated string");
            return null;
        }

        _position++;
        return text.ToString();
    }

    private void SkipSpace()
    {
        while (_position < line.Length && char.IsWhiteSpace(line[_position]))
        {
            _position++;
        }
    }
}
