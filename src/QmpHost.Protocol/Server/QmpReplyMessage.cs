using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>What a command returned, as the library's result.</summary>
internal sealed class QmpReplyMessage(QObject? id, QapiResult result) : JsonRpcResult, IQmpOutboundMessage
{
    public bool IsWritten { get; set; }

    public void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        writer.BeginObject();
        writer.WriteNameToken("\"return\": "u8);
        result.WriteTo(writer, profile);
        if (id is not null)
        {
            writer.WriteNameToken("\"id\": "u8);
            writer.WriteObject(id);
        }

        writer.EndObject();
    }
}
