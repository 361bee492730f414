namespace QmpHost.Sessions;

/// <summary>What a session asks a target to start.</summary>
public sealed record SessionStart
{
    /// <summary>Which of the two programs.</summary>
    public required SessionProgram Program { get; init; }

    /// <summary>The command line after the part that the player supplies (display, accelerator, monitors).</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The monitors, in order; each is a socket to which the program connects.</summary>
    public required IReadOnlyList<SessionMonitor> Monitors { get; init; }

    /// <summary>The session's own directory, for sockets and images.</summary>
    public required string Directory { get; init; }
}
