namespace QmpHost.Hosting.HumanConsole;

/// <summary>Tells keys from the bytes that a terminal sends for them.</summary>
internal sealed class KeyReader
{
    private const byte Escape = 27;
    private const byte FirstCharacter = 32;
    private const byte Rubout = 127;

    private State _state;
    private int _parameter;

    private enum State
    {
        Ground,
        Escape,
        Sequence,
        Shifted,
    }

    /// <summary>Takes a byte.</summary>
    /// <param name="b">The byte.</param>
    /// <returns>The key that it completes.</returns>
    public Key Read(byte b) => _state switch
    {
        State.Escape => BeginSequence(b),
        State.Sequence => ReadSequence(b),
        State.Shifted => Leave((char)b switch { 'F' => Key.End, 'H' => Key.Home, _ => Key.None }),
        _ => ReadPlain(b),
    };

    private Key ReadPlain(byte b)
    {
        switch (b)
        {
            case 1:
                return Key.Home;
            case 4:
                return Key.Delete;
            case 5:
                return Key.End;
            case 8 or Rubout:
                return Key.Backspace;
            case 9:
                return Key.Complete;
            case 10 or 13:
                return Key.Enter;
            case 12:
                return Key.Clear;
            case 23:
                return Key.BackspaceWord;
            case Escape:
                _state = State.Escape;
                return Key.None;
            default:
                return b >= FirstCharacter ? Key.Character : Key.None;
        }
    }

    private Key BeginSequence(byte b)
    {
        _parameter = 0;
        _state = (char)b switch { '[' => State.Sequence, 'O' => State.Shifted, _ => State.Ground };
        return Key.None;
    }

    private Key ReadSequence(byte b)
    {
        if (char.IsAsciiDigit((char)b))
        {
            _parameter = unchecked((_parameter * 10) + (b - '0'));
            return Key.None;
        }

        return Leave((char)b switch
        {
            'A' => Key.Up,
            'B' => Key.Down,
            'C' => Key.Right,
            'D' => Key.Left,
            '~' => _parameter switch { 1 => Key.Home, 3 => Key.Delete, 4 => Key.End, _ => Key.None },
            _ => Key.None,
        });
    }

    private Key Leave(Key key)
    {
        _state = State.Ground;
        return key;
    }
}
