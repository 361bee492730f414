using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>Why a command failed, as the library's error.</summary>
internal sealed class QmpErrorReplyMessage(QObject? id, QmpErrorClass errorClass, string description) : JsonRpcError, IQmpOutboundMessage
{
    /// <summary>What the client is told.</summary>
    public string Description => description;

    public bool IsWritten { get; set; }

    public void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        writer.BeginObject();
        if (id is not null)
        {
            writer.WriteNameToken("\"id\": "u8);
            writer.WriteObject(id);
        }

        writer.WriteNameToken("\"error\": "u8);
        writer.BeginObject();
        writer.WriteNameToken("\"class\": "u8);
        writer.WriteString(errorClass.ToString());
        writer.WriteNameToken("\"desc\": "u8);
        writer.WriteString(description);
        writer.EndObject();
        writer.EndObject();
    }
}
