using System.Text;

namespace QmpHost.Hosting.HumanConsole;

/// <summary>
/// Edits a line on a terminal, with the echo that QEMU's monitor gives: a line that has changed is written anew from its
/// beginning, as the terminal shows it, whatever it is that has changed.
/// </summary>
/// <param name="prompt">What stands before the line.</param>
/// <param name="complete">The words that the last word of a text may become.</param>
internal sealed class LineEditor(string prompt, Func<string, IReadOnlyList<string>> complete)
{
    private const int MaxLength = 4095;
    private const int ScreenWidth = 80;
    private const int ColumnGap = 2;
    private const string ClearRest = "\x1b[K";
    private const string ClearScreen = "\x1b[2J\x1b[1;1H";

    private readonly KeyReader _keys = new();
    private readonly List<byte> _line = [];
    private readonly List<byte> _shown = [];
    private readonly List<byte> _output = [];
    private int _cursor;
    private int _shownCursor;

    /// <summary>The lines that were entered.</summary>
    public LineHistory History { get; } = new();

    private static ReadOnlySpan<byte> MoveLeft => "\x1b[D"u8;

    private static ReadOnlySpan<byte> MoveRight => "\x1b[C"u8;

    /// <summary>How many bytes wait to be sent to the terminal.</summary>
    public int OutputLength => _output.Count;

    /// <summary>Takes what is to be sent to the terminal.</summary>
    /// <returns>The bytes.</returns>
    public byte[] TakeOutput()
    {
        byte[] bytes = [.. _output];
        _output.Clear();
        return bytes;
    }

    /// <summary>Writes to the terminal.</summary>
    /// <param name="text">The text.</param>
    public void Write(string text) => _output.AddRange(Encoding.UTF8.GetBytes(text));

    /// <summary>Asks for a new line.</summary>
    public void Prompt()
    {
        Write(prompt);
        _shown.Clear();
        _shownCursor = 0;
    }

    /// <summary>Takes a byte from the terminal.</summary>
    /// <param name="b">The byte.</param>
    /// <returns>The line, where it is done.</returns>
    public string? Read(byte b)
    {
        Key key = _keys.Read(b);
        if (key == Key.Enter)
        {
            return TakeLine();
        }

        Edit(key, b);
        Show();
        return null;
    }

    private string TakeLine()
    {
        string line = Encoding.UTF8.GetString([.. _line]);
        History.Add(line);
        Replace(string.Empty);
        Write("\r\n");
        _shown.Clear();
        _shownCursor = 0;
        return line;
    }

    private void Edit(Key key, byte b)
    {
        switch (key)
        {
            case Key.Character:
                Insert(b);
                break;
            case Key.Complete:
                Complete();
                break;
            case Key.Clear:
                Write(ClearScreen);
                Prompt();
                break;
            case Key.Up when History.Older() is { } older:
                Replace(older);
                break;
            case Key.Down when History.Newer() is { } newer:
                Replace(newer);
                break;
            case Key.Delete when _cursor < _line.Count:
                _line.RemoveAt(_cursor);
                break;
            case Key.Backspace when _cursor > 0:
                _line.RemoveAt(--_cursor);
                break;
            case Key.BackspaceWord:
                RemoveWord();
                break;
            default:
                _cursor = Move(key);
                break;
        }
    }

    private int Move(Key key) => key switch
    {
        Key.Home => 0,
        Key.End => _line.Count,
        Key.Left => Math.Max(_cursor - 1, 0),
        Key.Right => Math.Min(_cursor + 1, _line.Count),
        _ => _cursor,
    };

    private void Replace(string line)
    {
        _line.Clear();
        _line.AddRange(Encoding.UTF8.GetBytes(line));
        _cursor = _line.Count;
    }

    private void Insert(byte b)
    {
        if (_line.Count < MaxLength)
        {
            _line.Insert(_cursor++, b);
        }
    }

    private void RemoveWord()
    {
        int start = _cursor;
        while (start > 0 && _line[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && _line[start - 1] != ' ')
        {
            start--;
        }

        _line.RemoveRange(start, _cursor - start);
        _cursor = start;
    }

    private void Complete()
    {
        string text = Encoding.UTF8.GetString([.. _line[.._cursor]]);
        IReadOnlyList<string> words = complete(text);
        if (words.Count == 0)
        {
            return;
        }

        int typed = text.Length - (text.LastIndexOf(' ') + 1);
        string common = words.Aggregate(CommonBeginning);
        foreach (byte b in Encoding.UTF8.GetBytes(words.Count == 1 ? common[typed..] + " " : common[typed..]))
        {
            Insert(b);
        }

        if (words.Count > 1)
        {
            WriteColumns(words);
            Prompt();
        }
    }

    private void WriteColumns(IReadOnlyList<string> words)
    {
        int width = Math.Min(words.Max(static word => word.Length) + ColumnGap, ScreenWidth);
        Write("\r\n");
        foreach (string[] row in words.Chunk(ScreenWidth / width))
        {
            Write(string.Concat(row.Select(word => word.PadRight(width))) + "\r\n");
        }
    }

    private static string CommonBeginning(string a, string b)
    {
        int length = 0;
        while (length < a.Length && length < b.Length && a[length] == b[length])
        {
            length++;
        }

        return a[..length];
    }

    private void Show()
    {
        if (!_line.SequenceEqual(_shown))
        {
            Repeat(MoveLeft, _shownCursor);
            _output.AddRange(_line);
            Write(ClearRest);
            _shown.Clear();
            _shown.AddRange(_line);
            _shownCursor = _line.Count;
        }

        Repeat(MoveLeft, _shownCursor - _cursor);
        Repeat(MoveRight, _cursor - _shownCursor);
        _shownCursor = _cursor;
    }

    private void Repeat(ReadOnlySpan<byte> text, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _output.AddRange(text);
        }
    }
}
