using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>An event on its way to one session, as the library's notification.</summary>
internal sealed class QmpEventNotification : JsonRpcRequest, IQmpOutboundMessage
{
    private readonly QmpStampedEvent _event;

    public QmpEventNotification(QmpStampedEvent stamped)
    {
        _event = stamped;
        Method = stamped.Event.Name;
    }

    public bool IsWritten { get; set; }

    public void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        writer.BeginObject();
        writer.WriteNameToken("\"timestamp\": "u8);
        writer.BeginObject();
        writer.WriteNameToken("\"seconds\": "u8);
        writer.WriteInteger(_event.Seconds);
        writer.WriteNameToken("\"microseconds\": "u8);
        writer.WriteInteger(_event.Microseconds);
        writer.EndObject();
        writer.WriteNameToken("\"event\": "u8);
        writer.WriteString(_event.Event.Name);
        if (_event.Event.HasData)
        {
            writer.WriteNameToken("\"data\": "u8);
            _event.Event.WriteTo(writer, profile);
        }

        writer.EndObject();
    }
}
