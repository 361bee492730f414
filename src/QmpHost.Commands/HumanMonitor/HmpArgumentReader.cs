using System.Text;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Reads the arguments of one human monitor command from left to right.</summary>
/// <param name="line">The command line.</param>
/// <param name="position">Where the arguments begin.</param>
/// <param name="diagnostics">Where errors inside a string are told: the process's standard output, as QEMU does.</param>
internal sealed class HmpArgumentReader(string line, int position, TextWriter diagnostics)
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

    /// <summary>Takes a word or a quoted string, if anything is left.</summary>
    /// <param name="expected">What the error says is expected.</param>
    /// <returns>The string, or null where nothing is left.</returns>
    /// <exception cref="HmpArgumentException">There is a string that does not end.</exception>
    public string? TakeOptionalString(string expected) => AtEnd ? null : TakeString(expected);

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
