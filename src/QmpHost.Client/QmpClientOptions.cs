namespace QmpHost.Client;

/// <summary>Settings of a <see cref="QmpClient"/>.</summary>
public sealed record QmpClientOptions
{
    /// <summary>The clock by which waiting for events times out.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether the client leaves negotiation mode as soon as it is connected, so that it is ready for commands. Without that,
    /// <see cref="QmpClient.NegotiateAsync"/> is to be called first.
    /// </summary>
    public bool Negotiate { get; init; } = true;

    /// <summary>Whether negotiation enables commands out of band, where the server offers them.</summary>
    public bool OutOfBand { get; init; }

    /// <summary>Sees every message as it crossed the wire, in order for each direction; called on the client's own threads, and must not block.</summary>
    public Action<QmpTranscriptEntry>? Transcript { get; init; }
}
