using QmpHost.IoTests.Harness;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.IoTests.Coverage;

/// <summary>What was said in one recording, of all its releases and programs together.</summary>
/// <param name="name">The session's name, or the scenario's number.</param>
internal sealed class RecordedConversation(string name)
{
    /// <summary>The session's name, or the scenario's number.</summary>
    public string Name => name;

    /// <summary>The commands that clients sent, as far as they are JSON.</summary>
    public List<QDict> Commands { get; } = [];

    /// <summary>The events.</summary>
    public List<QDict> Events { get; } = [];

    /// <summary>The texts of the errors.</summary>
    public HashSet<string> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads all recordings of this checkout.</summary>
    public static IEnumerable<RecordedConversation> All()
    {
        foreach (IGrouping<string, string> files in Files().GroupBy(NameOf, StringComparer.Ordinal))
        {
            var conversation = new RecordedConversation(files.Key);
            foreach (string line in files.SelectMany(File.ReadLines))
            {
                conversation.Read(line);
            }

            yield return conversation;
        }
    }

    private static IEnumerable<string> Files()
        => Directory.EnumerateFiles(Corpus.Sessions, "*.transcript", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Corpus.Root, "*.out"))
            .Order(StringComparer.Ordinal);

    // The release, the program and the extension follow the first dot.
    private static string NameOf(string path)
    {
        string relative = Path.GetRelativePath(Corpus.Root, path);
        return relative[..(relative.LastIndexOf('/') + 1)] + Path.GetFileName(path).Split('.')[0];
    }

    // A line of a transcript begins with an arrow, perhaps with a monitor's name before it; one of a scenario is JSON.
    private void Read(string line)
    {
        int input = line.StartsWith("{\"execute\"", StringComparison.Ordinal) ? 0 : After(line, "-> ");
        int output = line.StartsWith("{\"data\"", StringComparison.Ordinal) || line.StartsWith("{\"error\"", StringComparison.Ordinal) ? 0 : After(line, "<- ");
        int start = Math.Max(input, output);
        if (start < 0 || start >= line.Length || line[start] != '{' || Parse(line[start..]) is not { } message)
        {
            return;
        }

        if (start == input && input >= 0 && (message.ContainsKey("execute") || message.ContainsKey("exec-oob")))
        {
            Commands.Add(message);
        }
        else if (message.ContainsKey("event"))
        {
            Events.Add(message);
        }
        else if (message.TryGetValue("error", out QObject? error) && error is QDict details && details.TryGetValue("desc", out QObject? text))
        {
            Errors.Add(((QString)text).Value);
        }
    }

    private static int After(string line, string arrow)
    {
        int at = line.IndexOf(arrow, StringComparison.Ordinal);
        return at is >= 0 and < 16 && !line[..at].Contains('{', StringComparison.Ordinal) ? at + arrow.Length : -1;
    }

    private static QDict? Parse(string text)
    {
        try
        {
            return JsonParser.Parse(text) as QDict;
        }
        catch (Exception e) when (e is QmpException or FormatException)
        {
            return null;
        }
    }
}
