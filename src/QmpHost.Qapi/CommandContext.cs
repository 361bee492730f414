namespace QmpHost.Qapi;

/// <summary>What a command handler knows besides its arguments.</summary>
public sealed class CommandContext
{
    /// <summary>The release whose behaviour is asked for.</summary>
    public VersionProfile Profile { get; init; } = VersionProfile.Default;

    /// <summary>The program whose commands are asked for.</summary>
    public QmpProgram Program { get; init; } = QmpProgram.System;

    /// <summary>Cancelled when the host shuts down; not when the client goes away, since its command still completes.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The session that sent the command, or null where there is none (a command line).</summary>
    public IQmpSession? Session { get; init; }
}
