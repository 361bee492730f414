namespace QmpHost.Protocol.Server.Interception;

/// <summary>What becomes of a reply.</summary>
public enum QmpReplyVerdict
{
    /// <summary>It is sent.</summary>
    Send,

    /// <summary>It is never sent.</summary>
    Never,

    /// <summary>The connection ends instead.</summary>
    Drop,

    /// <summary>It is sent, and then the connection ends.</summary>
    SendAndDrop,
}
