using System.Text;
using System.Text.Json;

namespace QmpHost.Sessions;

/// <summary>One message of a monitor: its text as received, and enough of its meaning to wait for it.</summary>
public sealed class QmpMessage
{
    private QmpMessage(string text, QmpMessageKind kind, JsonElement content)
    {
        Text = text;
        Kind = kind;
        Content = content;
    }

    /// <summary>The text with its line ends, as received.</summary>
    public string Text { get; }

    /// <summary>What the message is.</summary>
    public QmpMessageKind Kind { get; }

    /// <summary>The parsed message; undefined where <see cref="Kind"/> is <see cref="QmpMessageKind.Other"/>.</summary>
    public JsonElement Content { get; }

    /// <summary>The event's name, or null.</summary>
    public string? EventName => Kind == QmpMessageKind.Event ? Content.GetProperty("event").GetString() : null;

    /// <summary>Classifies a message.</summary>
    public static QmpMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes.Span);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement.Clone();
            return new QmpMessage(text, Classify(root), root);
        }
        catch (JsonException)
        {
            return new QmpMessage(text, QmpMessageKind.Other, default);
        }
    }

    private static QmpMessageKind Classify(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return QmpMessageKind.Other;
        }

        if (root.TryGetProperty("return", out _) || root.TryGetProperty("error", out _))
        {
            return QmpMessageKind.Reply;
        }

        if (root.TryGetProperty("event", out _))
        {
            return QmpMessageKind.Event;
        }

        return root.TryGetProperty("QMP", out _) ? QmpMessageKind.Greeting : QmpMessageKind.Other;
    }
}
