using System.Collections.Frozen;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>What all monitors of a host share.</summary>
public sealed record QmpServerOptions
{
    /// <summary>The host's event loop: it runs callbacks one at a time, in the order in which they were posted.</summary>
    public required SynchronizationContext EventLoop { get; init; }

    /// <summary>
    /// Has a command of any monitor wait until nothing else changes the host, and keeps everything else waiting until it is done;
    /// called on the event loop. Null if nothing else ever does.
    /// </summary>
    public Func<Func<ValueTask>, ValueTask>? MainTurn { get; init; }

    /// <summary>The commands.</summary>
    public required IQmpCommandDispatcher Dispatcher { get; init; }

    /// <summary>Runs a callback as a turn of the event loop on the calling thread, or returns false if the loop is busy. Null if the loop has no such door; it only saves time.</summary>
    public Func<SendOrPostCallback, object?, bool>? TryRun { get; init; }

    /// <summary>The release whose behaviour is shown.</summary>
    public VersionProfile Profile { get; init; } = VersionProfile.Default;

    /// <summary>The program whose behaviour is shown.</summary>
    public QmpProgram Program { get; init; } = QmpProgram.System;

    /// <summary>The clock of event timestamps and of event rate limits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// The events that come at most once a second, each with the member of its data whose values are limited apart from each
    /// other, or null; none by default.
    /// </summary>
    public IReadOnlyDictionary<string, string?> LimitedEvents { get; init; } = FrozenDictionary<string, string?>.Empty;

    /// <summary>Told of exceptions that are neither QMP errors nor the client's fault; called on the event loop.</summary>
    public Action<Exception>? UnexpectedError { get; init; }

    /// <summary>Told of every command that was executed; null for nobody.</summary>
    public IQmpCommandObserver? Observer { get; init; }

    /// <summary>Whether the host is ending, so that no further command may be executed in band; asked on the event loop. Null if it never does.</summary>
    public Func<bool>? IsEnding { get; init; }

    /// <summary>Cancelled when the host shuts down; handed to commands.</summary>
    public CancellationToken ShutdownToken { get; init; }
}
