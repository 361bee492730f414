namespace QmpHost.Sessions;

/// <summary>Whom a session drives: the engine in process, a program over sockets, or the oracle.</summary>
public interface ISessionTarget
{
    /// <summary>Short name for messages: <c>engine</c>, <c>program</c> or <c>oracle</c>.</summary>
    string Name { get; }

    /// <summary>Starts one host. Returns when it runs, or has ended already; the latter is not an error here.</summary>
    /// <exception cref="SessionException">The target cannot be started at all (not installed, say).</exception>
    ValueTask<ISessionHost> StartAsync(SessionStart start, CancellationToken cancellationToken);
}
