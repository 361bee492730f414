namespace QmpHost.Sessions;

/// <summary>A running host that a session drives. Disposing ends it at once if it still runs.</summary>
public interface ISessionHost : IAsyncDisposable
{
    /// <summary>Byte streams of the monitors that were asked for, by name; empty if the host ended before connecting them.</summary>
    IReadOnlyDictionary<string, Stream> Monitors { get; }

    /// <summary>Completes when the host has ended, with its exit code.</summary>
    Task<int> Exit { get; }

    /// <summary>What the host wrote to standard output so far.</summary>
    string StandardOutput { get; }

    /// <summary>What the host wrote to standard error so far.</summary>
    string StandardError { get; }

    /// <summary>Sends a signal.</summary>
    /// <exception cref="NotSupportedException">The host is no process, and this signal means nothing else.</exception>
    void Signal(SessionSignal signal);

    /// <summary>Moves the host's virtual clock forward.</summary>
    /// <exception cref="SessionException">The target's clock cannot be moved.</exception>
    ValueTask StepClockAsync(TimeSpan step, CancellationToken cancellationToken);
}
