using System.Text;
using System.Text.Json.Nodes;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>The log of a scenario. All filters of scenarios are here: paths and timestamps.</summary>
public sealed class ScenarioLog
{
    private readonly StringBuilder _text = new();
    private readonly string _filePrefix;
    private readonly Action<int>? _lines;
    private int _count;

    /// <summary>Creates the log of a scenario whose files' paths begin with <paramref name="filePrefix"/>.</summary>
    /// <param name="filePrefix">How their paths begin.</param>
    /// <param name="lines">Told how many lines there are, or null.</param>
    public ScenarioLog(string filePrefix, Action<int>? lines = null)
    {
        _filePrefix = filePrefix;
        _lines = lines;
    }

    /// <summary>A line; empty for an empty line.</summary>
    public void Line(string line = "")
    {
        string text = line.Replace(_filePrefix, "TEST_DIR/PID-", StringComparison.Ordinal);
        _text.Append(text).Append('\n');
        _count += 1 + text.AsSpan().Count('\n');
        _lines?.Invoke(_count);
    }

    /// <summary>A title with an empty line before and after it.</summary>
    public void Title(string title, string mark)
    {
        Line();
        Line($"{mark} {title} {mark}");
        Line();
    }

    /// <summary>A JSON value on one line, its timestamps filtered.</summary>
    public void Json(JsonNode? value) => Line(PythonJson.Line(WithoutTimestamps(value)));

    /// <summary>A JSON value over several lines.</summary>
    public void PrettyJson(JsonNode? value) => Line(PythonJson.Pretty(value));

    /// <summary>
    /// A command, in the form in which the logs show commands: sorted, and with a dash for every underscore in the names of
    /// members, however the schema spells them.
    /// </summary>
    public void Command(string command, JsonObject? arguments)
    {
        string tail = arguments is null ? string.Empty : $", \"arguments\": {PythonJson.Line(WithDashes(arguments))}";
        Line($"{{\"execute\": \"{command}\"{tail}}}");
    }

    /// <summary>What a host wrote to its standard output, rates and times filtered.</summary>
    public void Output(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (string line in new TranscriptFilter(_filePrefix).Output(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line(line);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static JsonNode? WithDashes(JsonNode? value) => value switch
    {
        JsonObject members => new JsonObject(members.Select(m =>
            KeyValuePair.Create(m.Key.Replace('_', '-'), WithDashes(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(WithDashes)]),
        _ => value?.DeepClone(),
    };

    private static JsonNode? WithoutTimestamps(JsonNode? value)
    {
        if (value is not JsonObject message || message["timestamp"] is not JsonObject)
        {
            return value;
        }

        var filtered = (JsonObject)message.DeepClone();
        filtered["timestamp"] = new JsonObject { ["seconds"] = "SECS", ["microseconds"] = "USECS" };
        return filtered;
    }
}
