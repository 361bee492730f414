using System.Buffers;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Client;

/// <summary>Maps the library's messages to those that a QMP client sends and receives.</summary>
internal sealed class QmpClientFormatter : IJsonRpcMessageFormatter
{
    /// <summary>The library's name of every event.</summary>
    public const string EventMethod = "event";

    /// <summary>The server's release, known from its greeting on.</summary>
    public VersionProfile Profile { get; set; } = VersionProfile.Default;

    public JsonRpcMessage Deserialize(ReadOnlySequence<byte> contentBuffer) =>
        Read(JsonParser.Parse(contentBuffer.ToArray())) ?? throw new InvalidDataException("The server sent something that is no QMP message.");

    public void Serialize(IBufferWriter<byte> bufferWriter, JsonRpcMessage message)
    {
        var writer = new QapiWriter(bufferWriter);
        writer.WriteObject(Request((JsonRpcRequest)message));
        writer.Flush();
    }

    public object GetJsonText(JsonRpcMessage message) =>
        message is JsonRpcRequest request and not QmpEventMessage ? Request(request).ToString() : message.ToString() ?? string.Empty;

    // Null for what belongs to no request and is no event: the greeting, or the answer to a request that the server could not parse.
    internal JsonRpcMessage? Read(QObject value)
    {
        if (value is not QDict dict)
        {
            return null;
        }

        if (QmpEvent.Read(dict, Profile) is { } qmpEvent)
        {
            return new QmpEventMessage(qmpEvent);
        }

        if (!dict.TryGetValue("id", out QObject? id) || id is not QNum number || !number.TryGetInt64(out long requestId))
        {
            return null;
        }

        if (dict.TryGetValue("return", out QObject? result))
        {
            return new JsonRpcResult { RequestId = new RequestId(requestId), Result = result };
        }

        return dict.TryGetValue("error", out QObject? error) && error is QDict detail ? ReadError(detail, requestId) : null;
    }

    private static QmpErrorMessage ReadError(QDict detail, long requestId)
    {
        detail.TryGetValue("class", out QObject? name);
        detail.TryGetValue("desc", out QObject? description);
        if (!Enum.TryParse((name as QString)?.Value, out QmpErrorClass errorClass))
        {
            errorClass = QmpErrorClass.GenericError;
        }

        return new QmpErrorMessage(errorClass, (description as QString)?.Value ?? string.Empty) { RequestId = new RequestId(requestId) };
    }

    private static QDict Request(JsonRpcRequest request)
    {
        IReadOnlyList<object?> parts = request.ArgumentsList!;
        var dict = new QDict(3);
        dict.Add(parts[1] is QBool { Value: true } ? "exec-oob" : "execute", new QString(request.Method!));
        if (parts[0] is QDict arguments)
        {
            dict.Add("arguments", arguments);
        }

        dict.Add("id", new QNum(request.RequestId.Number!.Value));
        return dict;
    }
}
