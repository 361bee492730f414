using QmpHost.Qapi;

namespace QmpHost.Protocol.Client;

/// <summary>An event that a server sent.</summary>
/// <param name="Name">The event's name.</param>
/// <param name="Data">Its data, or null if it has none.</param>
/// <param name="Timestamp">When it happened, by the server's clock.</param>
/// <param name="Raw">The whole message.</param>
public sealed record QmpEvent(string Name, QDict? Data, DateTimeOffset Timestamp, QDict Raw)
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;

    /// <summary>Reads an event.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The event, or null if the message is none.</returns>
    internal static QmpEvent? Read(QDict message)
    {
        if (!message.TryGetValue("event", out QObject? name) || name is not QString text)
        {
            return null;
        }

        message.TryGetValue("data", out QObject? data);
        message.TryGetValue("timestamp", out QObject? timestamp);
        return new QmpEvent(text.Value, data as QDict, ReadTimestamp(timestamp as QDict), message);
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
