namespace QmpHost.Protocol.Client;

/// <summary>Settings of a <see cref="QmpClient"/>.</summary>
public sealed record QmpClientOptions
{
    /// <summary>The clock by which waiting for events times out.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Sees every message as it crossed the wire, in order for each direction; called on the client's own threads, and must not block.</summary>
    public Action<QmpTranscriptEntry>? Transcript { get; init; }
}
