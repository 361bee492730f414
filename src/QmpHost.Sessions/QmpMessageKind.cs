namespace QmpHost.Sessions;

/// <summary>What a message from a monitor is.</summary>
public enum QmpMessageKind
{
    /// <summary>The greeting.</summary>
    Greeting,

    /// <summary>A reply: <c>return</c> or <c>error</c>.</summary>
    Reply,

    /// <summary>An event.</summary>
    Event,

    /// <summary>Anything else, text that is no JSON object included.</summary>
    Other,
}
