using QmpHost.Qapi;

namespace QmpHost.Client;

/// <summary>An event that a server sent.</summary>
/// <param name="Name">The event's name.</param>
/// <param name="Data">Its data, or null if it has none.</param>
/// <param name="Timestamp">When it happened, by the server's clock.</param>
/// <param name="Raw">The whole message.</param>
public sealed record QmpEvent(string Name, QDict? Data, DateTimeOffset Timestamp, QDict Raw)
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;

    /// <summary>The event by its type, such as <c>BlockJobCompletedEvent</c>; null for one that the schema does not know.</summary>
    public QapiEvent? Typed { get; init; }

    /// <summary>Reads an event.</summary>
    /// <param name="message">The message.</param>
    /// <param name="profile">The server's release.</param>
    /// <returns>The event, or null if the message is none.</returns>
    internal static QmpEvent? Read(QDict message, VersionProfile profile)
    {
        if (!message.TryGetValue("event", out QObject? name) || name is not QString text)
        {
            return null;
        }

        message.TryGetValue("data", out QObject? data);
        message.TryGetValue("timestamp", out QObject? timestamp);
        return new QmpEvent(text.Value, data as QDict, ReadTimestamp(timestamp as QDict), message) { Typed = ReadTyped(text.Value, data as QDict, profile) };
    }

    private static QapiEvent? ReadTyped(string name, QDict? data, VersionProfile profile)
    {
        try
        {
            return QmpEventTable.Read(name, new QapiInputVisitor(profile) { IsLenient = true }, data ?? new QDict(0));
        }
        catch (QmpException)
        {
            // An event of a release whose data is another one: whoever wants it has the untyped data.
            return null;
        }
    }

    // A server whose clock fails sends -1 for both.
    private static DateTimeOffset ReadTimestamp(QDict? timestamp)
    {
        long seconds = Number(timestamp, "seconds");
        long microseconds = Number(timestamp, "microseconds");
        return seconds is >= 0 and < 253402300800 && microseconds is >= 0 and < 1_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(microseconds * TicksPerMicrosecond)
            : DateTimeOffset.UnixEpoch;
    }

    private static long Number(QDict? dict, string name) =>
        dict is not null && dict.TryGetValue(name, out QObject? value) && value is QNum number && number.TryGetInt64(out long n) ? n : -1;
}
