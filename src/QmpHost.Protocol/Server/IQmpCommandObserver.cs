namespace QmpHost.Protocol.Server;

/// <summary>Told of every command that was executed.</summary>
/// <remarks>Called on the host's event loop.</remarks>
public interface IQmpCommandObserver
{
    /// <summary>Whether anybody wants to know; nothing is measured otherwise.</summary>
    bool IsWatching { get; }

    /// <summary>A command was executed, or refused.</summary>
    /// <param name="command">Its name as the client gave it; empty where it gave none.</param>
    /// <param name="taken">How long it took.</param>
    /// <param name="error">The description of its error, or null if it succeeded.</param>
    void OnExecuted(string command, TimeSpan taken, string? error);
}
