namespace QmpHost.Sessions;

/// <summary>How sessions are played.</summary>
public sealed record SessionPlayerOptions
{
    /// <summary>Who is driven.</summary>
    public required ISessionTarget Target { get; init; }

    /// <summary>Who makes images.</summary>
    public required IImageTools Tools { get; init; }

    /// <summary>How long one step may wait before the session is given up: never the measure of a test, only of a host that hangs.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the client thinks before each step once the program runs: what differs from a quick client's transcript depends on speed.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>Source of time for <see cref="StepTimeout"/> and <see cref="Pace"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
