using System.Text;

namespace QmpHost.Shell;

/// <summary>A line on the terminal that is edited while events come above it.</summary>
/// <param name="prompt">What stands before the line.</param>
/// <param name="complete">What the last word of a text may become.</param>
internal sealed class ShellTerminal(string prompt, Func<string, IReadOnlyList<string>> complete)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(30);

    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private int _cursor;
    private int _place;

    /// <summary>Reads a line.</summary>
    /// <param name="idle">Called while nobody types; true if it has written something.</param>
    /// <param name="isOver">Whether there is nobody to read for.</param>
    /// <returns>A task with the line, or null at the end.</returns>
    public async Task<string?> ReadAsync(Func<bool> idle, Func<bool> isOver)
    {
        _line.Clear();
        _cursor = 0;
        _place = _history.Count;
        Show();
        while (!isOver())
        {
            if (!Console.KeyAvailable)
            {
                await Task.Delay(Patience);
                Hide();
                idle();
                Show();
                continue;
            }

            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Console.WriteLine();
                string line = _line.ToString();
                if (line.Length > 0)
                {
                    _history.Add(line);
                }

                return line;
            }

            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _line.Length == 0)
            {
                Console.WriteLine();
                return null;
            }

            Edit(key);
            Show();
        }

        return null;
    }

    private static void Hide() => Console.Write("\r\x1b[K");

    private void Show()
    {
        Hide();
        Console.Write(prompt + _line);
        if (_cursor < _line.Length)
        {
            Console.Write($"\x1b[{_line.Length - _cursor}D");
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_line.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
                _cursor = 0;
                break;
            case ConsoleKey.End:
                _cursor = _line.Length;
                break;
            case ConsoleKey.UpArrow when _place > 0:
                Replace(_history[--_place]);
                break;
            case ConsoleKey.DownArrow:
                _place = Math.Min(_history.Count, _place + 1);
                Replace(_place < _history.Count ? _history[_place] : string.Empty);
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                _line.Remove(--_cursor, 1);
                break;
            case ConsoleKey.Delete when _cursor < _line.Length:
                _line.Remove(_cursor, 1);
                break;
            case ConsoleKey.Tab:
                Complete();
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    _line.Insert(_cursor++, key.KeyChar);
                }

                break;
        }
    }

    private void Replace(string text)
    {
        _line.Clear().Append(text);
        _cursor = text.Length;
    }

    private void Complete()
    {
        string before = _line.ToString(0, _cursor);
        IReadOnlyList<string> words = complete(before);
        if (words.Count == 0)
        {
            return;
        }

        string typed = before[(before.LastIndexOf(' ') + 1)..];
        string common = words.Aggregate(static (a, b) => a[..a.Zip(b).TakeWhile(static pair => pair.First == pair.Second).Count()]);
        bool isDone = words.Count == 1 && common[^1] is not ('=' or '.');
        string more = common[typed.Length..] + (isDone ? " " : "");
        _line.Insert(_cursor, more);
        _cursor += more.Length;
        if (words.Count > 1 && more.Length == 0)
        {
            Console.WriteLine();
            Console.WriteLine(string.Join("  ", words));
        }
    }
}
