using System.Text.Json.Nodes;

namespace QmpHost.Control.Rpc;

/// <summary>Why a call of the control interface failed.</summary>
internal sealed class ControlException(int code, string message, JsonNode? details = null) : Exception(message)
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;

    /// <summary>The command was answered with an error, which is in the data.</summary>
    public const int CommandFailed = -32000;

    /// <summary>There is no such thing, or it is not in a state for this.</summary>
    public const int Refused = -32001;

    /// <summary>It did not happen in time.</summary>
    public const int TimedOut = -32002;

    /// <summary>The number of the kind of error.</summary>
    public int Code => code;

    /// <summary>What else is known of it, or null.</summary>
    public JsonNode? Details => details;

    public static ControlException Refuse(string message) => new(Refused, message);

    public static ControlException Wrong(string message) => new(InvalidParams, message);
}
