namespace QmpHost.Commands.HumanMonitor;

/// <summary>Reads an expression of whole numbers from a command line: digits, characters in quotes, registers, parentheses and operators.</summary>
/// <remarks>Sums bind least, then what combines bits, then products.</remarks>
/// <param name="line">The command line.</param>
/// <param name="position">Where the expression begins.</param>
/// <param name="registers">Finds the value of a register by its name.</param>
internal ref struct HmpExpression(string line, int position, Func<string, long?> registers)
{
    private int _position = position;

    /// <summary>Where the expression ends; white space behind it is skipped.</summary>
    public readonly int Position => _position;

    private readonly char Current => _position < line.Length ? line[_position] : '\0';

    /// <summary>Reads it.</summary>
    /// <exception cref="HmpUsageException">It is none.</exception>
    public long Read() => ReadSum();

    private long ReadSum()
    {
        long value = ReadBits();
        while (Current is '+' or '-')
        {
            char operation = TakeOperator();
            long other = ReadBits();
            value = unchecked(operation == '+' ? value + other : value - other);
        }

        return value;
    }

    private long ReadBits()
    {
        long value = ReadProduct();
        while (Current is '&' or '|' or '^')
        {
            char operation = TakeOperator();
            long other = ReadProduct();
            value = operation switch
            {
                '&' => value & other,
                '|' => value | other,
                _ => value ^ other,
            };
        }

        return value;
    }

    private long ReadProduct()
    {
        long value = ReadUnary();
        while (Current is '*' or '/' or '%')
        {
            char operation = TakeOperator();
            long other = ReadUnary();
            value = operation == '*' ? unchecked(value * other) : Divide(value, other, operation);
        }

        return value;
    }

    private static long Divide(long value, long by, char operation)
    {
        if (by == 0)
        {
            throw new HmpUsageException("division by zero");
        }

        // The processor would trap on the one quotient that does not fit.
        bool overflows = value == long.MinValue && by == -1;
        return operation == '/' ? overflows ? value : value / by : overflows ? 0 : value % by;
    }

    private long ReadUnary()
    {
        switch (Current)
        {
            case '+':
                TakeOperator();
                return ReadUnary();
            case '-':
                TakeOperator();
                return unchecked(-ReadUnary());
            case '~':
                TakeOperator();
                return ~ReadUnary();
            case '(':
                return ReadParenthesis();
            case '\'':
                return ReadCharacter();
            case '$':
                return ReadRegister();
            case '\0':
                throw new HmpUsageException("unexpected end of expression");
            default:
                return ReadDigits();
        }
    }

    private long ReadParenthesis()
    {
        TakeOperator();
        long value = ReadSum();
        if (Current != ')')
        {
            throw new HmpUsageException("')' expected");
        }

        TakeOperator();
        return value;
    }

    private long ReadCharacter()
    {
        if (_position + 2 >= line.Length || line[_position + 2] != '\'')
        {
            throw new HmpUsageException("missing terminating ' character");
        }

        long value = line[_position + 1];
        _position += 3;
        SkipSpace();
        return value;
    }

    private long ReadRegister()
    {
        int start = ++_position;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '.')
        {
            _position++;
        }

        long value = registers(line[start.._position]) ?? throw new HmpUsageException("unknown register");
        SkipSpace();
        return value;
    }

    // As the C library reads a number whose base its beginning tells.
    private long ReadDigits()
    {
        ulong radix = 10;
        if (Current == '0')
        {
            bool isHex = _position + 2 < line.Length && line[_position + 1] is 'x' or 'X' && char.IsAsciiHexDigit(line[_position + 2]);
            radix = isHex ? 16UL : 8UL;
            _position += isHex ? 2 : 0;
        }

        int start = _position;
        ulong value = 0;
        bool isTooLarge = false;
        while (char.IsAsciiHexDigit(Current) && DigitOf(Current) is var digit && digit < radix)
        {
            isTooLarge |= value > (ulong.MaxValue - digit) / radix;
            value = unchecked((value * radix) + digit);
            _position++;
        }

        if (isTooLarge)
        {
            throw new HmpUsageException("number too large");
        }

        if (_position == start)
        {
            throw new HmpUsageException($"invalid char '{Current}' in expression");
        }

        SkipSpace();
        return unchecked((long)value);
    }

    private static ulong DigitOf(char c) => (ulong)(char.IsAsciiDigit(c) ? c - (int)'0' : (c | 0x20) - 'a' + 10);

    private char TakeOperator()
    {
        char operation = Current;
        _position++;
        SkipSpace();
        return operation;
    }

    private void SkipSpace()
    {
        while (char.IsWhiteSpace(Current))
        {
            _position++;
        }
    }
}
