namespace QmpHost.Hosting.HumanConsole;

/// <summary>The lines that were entered on a console, each once, the latest last.</summary>
internal sealed class LineHistory
{
    private const int Capacity = 64;

    private readonly List<string> _lines = [];
    private int _position = -1;

    /// <summary>The lines, the oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Remembers a line and goes behind the latest one.</summary>
    /// <param name="line">The line.</param>
    public void Add(string line)
    {
        _position = -1;
        if (line.Length == 0)
        {
            return;
        }

        if (!_lines.Remove(line) && _lines.Count == Capacity)
        {
            _lines.RemoveAt(0);
        }

        _lines.Add(line);
    }

    /// <summary>Goes to the line before.</summary>
    /// <returns>The line, or null where there is none.</returns>
    public string? Older()
    {
        int position = _position < 0 ? _lines.Count : _position;
        if (position == 0)
        {
            return null;
        }

        _position = position - 1;
        return _lines[_position];
    }

    /// <summary>Goes to the line behind.</summary>
    /// <returns>The line, an empty one behind the latest, or null where there is none.</returns>
    public string? Newer()
    {
        if (_position < 0)
        {
            return null;
        }

        if (_position < _lines.Count - 1)
        {
            return _lines[++_position];
        }

        _position = -1;
        return string.Empty;
    }
}
