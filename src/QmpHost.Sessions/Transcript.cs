using System.Text;

namespace QmpHost.Sessions;

/// <summary>The transcript of a session as it grows: filtered text, one marked line for each line in or out.</summary>
internal sealed class Transcript
{
    private readonly StringBuilder _text = new();
    private readonly TranscriptFilter _filter;

    public Transcript(TranscriptFilter filter)
    {
        _filter = filter;
    }

    public override string ToString() => _text.ToString();

    /// <summary>A line of the player's own, such as <c>== start …</c>.</summary>
    public void Note(string line) => _text.Append(_filter.Output(line)).Append('\n');

    public void Input(string monitor, string text) => _text.Append(monitor).Append("-> ").Append(_filter.Message(text)).Append('\n');

    /// <summary>
    /// A message as received. Its lines must end in CR LF; a line that does not is marked, so that a wrong line end fails the comparison.
    /// </summary>
    public void Message(string monitor, QmpMessage message)
    {
        foreach (string line in SplitLines(_filter.Message(message.Text)))
        {
            bool complete = line.EndsWith('\r');
            _text.Append(monitor).Append("<- ").Append(line.TrimEnd('\r')).Append(complete ? "\n" : " (no CR LF)\n");
        }
    }

    /// <summary>Output of a program, indented by a bar; a last line without a line end is marked.</summary>
    public void Output(string text)
    {
        string filtered = _filter.Output(text);
        foreach (string line in SplitLines(filtered))
        {
            _text.Append("| ").Append(line).Append('\n');
        }

        if (filtered.Length > 0 && !filtered.EndsWith('\n'))
        {
            _text.Append("\\ no line end\n");
        }
    }

    /// <summary>A titled section, left out when there is nothing in it.</summary>
    public void Section(string title, string text)
    {
        if (text.Length > 0)
        {
            Note("== " + title);
            Output(text);
        }
    }

    private static string[] SplitLines(string text) =>
        text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
}
