using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>An event and when it happened.</summary>
/// <param name="Event">The event.</param>
/// <param name="Seconds">Seconds since 1970, UTC.</param>
/// <param name="Microseconds">Microseconds of that second.</param>
internal readonly record struct QmpStampedEvent(QapiEvent Event, long Seconds, long Microseconds)
{
    /// <summary>Stamps an event that happens now.</summary>
    public static QmpStampedEvent Now(QapiEvent qapiEvent, TimeProvider timeProvider)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        long microseconds = now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        return new QmpStampedEvent(qapiEvent, now.ToUnixTimeSeconds(), microseconds);
    }
}
