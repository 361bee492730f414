namespace QmpHost.Protocol.Server.Interception;

/// <summary>What a server sends.</summary>
public enum QmpMessageSort
{
    /// <summary>The greeting.</summary>
    Greeting,

    /// <summary>The result of a command.</summary>
    Return,

    /// <summary>The error of a command.</summary>
    Error,

    /// <summary>An event.</summary>
    Event,
}
