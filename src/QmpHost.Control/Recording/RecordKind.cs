namespace QmpHost.Control.Recording;

/// <summary>What an entry of a record is.</summary>
public enum RecordKind
{
    /// <summary>A client came.</summary>
    Connected,

    /// <summary>The greeting was sent.</summary>
    Greeting,

    /// <summary>A command came.</summary>
    Command,

    /// <summary>A result was sent.</summary>
    Return,

    /// <summary>An error was sent.</summary>
    Error,

    /// <summary>An event was sent.</summary>
    Event,

    /// <summary>A client went.</summary>
    Disconnected,
}
