using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Recording;

/// <summary>Which command of a client each of its replies answers. One at a time.</summary>
internal sealed class ReplyNames
{
    private readonly Queue<(string Name, string Id)> _unanswered = new();

    /// <summary>Notes a command.</summary>
    public void Add(string name, QObject? id) => _unanswered.Enqueue((name, id?.ToString() ?? string.Empty));

    /// <summary>What a message of the server is.</summary>
    /// <param name="message">The message.</param>
    /// <returns>Its kind, and the name of the event or of the command that is answered.</returns>
    public (RecordKind Kind, string Name) Take(string message)
    {
        var value = (QDict)JsonParser.Parse(message);
        if (value.ContainsKey("QMP"))
        {
            return (RecordKind.Greeting, string.Empty);
        }

        if (value.TryGetValue("event", out QObject? name))
        {
            return (RecordKind.Event, ((QString)name).Value);
        }

        string id = value.TryGetValue("id", out QObject? given) ? given.ToString() : string.Empty;
        return (value.ContainsKey("error") ? RecordKind.Error : RecordKind.Return, TakeAnswered(id));
    }

    // Replies come in the order of the commands, but for those out of band, which have an id.
    private string TakeAnswered(string id)
    {
        string? found = null;
        for (int left = _unanswered.Count; left > 0; left--)
        {
            (string name, string its) = _unanswered.Dequeue();
            if (found is null && its == id)
            {
                found = name;
            }
            else
            {
                _unanswered.Enqueue((name, its));
            }
        }

        return found ?? string.Empty;
    }
}
