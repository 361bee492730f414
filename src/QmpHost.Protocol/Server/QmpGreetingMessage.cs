using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>The first message of a session, as the library's notification.</summary>
internal sealed class QmpGreetingMessage : JsonRpcRequest, IQmpOutboundMessage
{
    public QmpGreetingMessage() => Method = "QMP";

    public bool IsWritten { get; set; }

    public void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        QemuBuild build = QemuBuild.Of(profile);
        writer.BeginObject();
        writer.WriteNameToken("\"QMP\": "u8);
        writer.BeginObject();
        writer.WriteNameToken("\"version\": "u8);
        writer.BeginObject();
        writer.WriteNameToken("\"qemu\": "u8);
        writer.BeginObject();
        writer.WriteNameToken("\"micro\": "u8);
        writer.WriteInteger(build.Micro);
        writer.WriteNameToken("\"minor\": "u8);
        writer.WriteInteger(build.Minor);
        writer.WriteNameToken("\"major\": "u8);
        writer.WriteInteger(build.Major);
        writer.EndObject();
        writer.WriteNameToken("\"package\": "u8);
        writer.WriteString(build.Package);
        writer.EndObject();
        writer.WriteNameToken("\"capabilities\": "u8);
        writer.BeginList();
        writer.WriteString("oob");
        writer.EndList();
        writer.EndObject();
        writer.EndObject();
    }
}
