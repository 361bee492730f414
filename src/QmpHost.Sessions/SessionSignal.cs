namespace QmpHost.Sessions;

/// <summary>Signals that a session can send to its host.</summary>
public enum SessionSignal
{
    /// <summary>SIGTERM: end in an orderly way.</summary>
    Terminate,

    /// <summary>SIGINT: as from the terminal.</summary>
    Interrupt,

    /// <summary>SIGKILL: end at once.</summary>
    Kill,
}
