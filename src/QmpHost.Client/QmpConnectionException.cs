using StreamJsonRpc;

namespace QmpHost.Client;

/// <summary>The connection to the server ended before what was asked for had come.</summary>
public sealed class QmpConnectionException : IOException
{
    internal QmpConnectionException(Exception innerException)
        : base("The QMP connection ended: " + innerException.Message, innerException)
    {
    }

    internal QmpConnectionException(JsonRpcDisconnectedEventArgs reason)
        : base("The QMP connection ended: " + reason.Description, reason.Exception)
    {
    }
}
