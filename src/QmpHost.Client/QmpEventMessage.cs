using StreamJsonRpc.Protocol;

namespace QmpHost.Client;

/// <summary>An event, as the library's notification.</summary>
internal sealed class QmpEventMessage : JsonRpcRequest
{
    public QmpEventMessage(QmpEvent qmpEvent)
    {
        Method = QmpClientFormatter.EventMethod;
        Event = qmpEvent;
    }

    public QmpEvent Event { get; }
}
