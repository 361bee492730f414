using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Control.Rpc;

/// <summary>JSON-RPC 2.0 on System.Text.Json's documents: as the library's own formatter writes it, without reflection.</summary>
internal sealed class ControlFormatter : IJsonRpcMessageTextFormatter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Encoding Encoding
    {
        get => Encoding.UTF8;
        set
        {
            if (value is not UTF8Encoding)
            {
                throw new NotSupportedException("The control interface is UTF-8.");
            }
        }
    }

    public JsonRpcMessage Deserialize(ReadOnlySequence<byte> contentBuffer)
    {
        try
        {
            using var document = JsonDocument.Parse(contentBuffer);
            return ControlRequest.Read(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            return ControlRequest.Wrong(ControlException.ParseError, $"Not JSON: {e.Message}", RequestId.Null);
        }
    }

    public JsonRpcMessage Deserialize(ReadOnlySequence<byte> contentBuffer, Encoding encoding) => Deserialize(contentBuffer);

    public void Serialize(IBufferWriter<byte> bufferWriter, JsonRpcMessage message)
    {
        using var writer = new Utf8JsonWriter(bufferWriter, Options);
        writer.WriteStartObject();
        writer.WriteString("jsonrpc"u8, "2.0"u8);
        switch (message)
        {
            case ControlNotification notification:
                writer.WriteString("method"u8, notification.Method);
                writer.WritePropertyName("params"u8);
                notification.Content.WriteTo(writer);
                break;
            case JsonRpcResult result:
                WriteId(writer, result.RequestId);
                writer.WritePropertyName("result"u8);
                Write(writer, result.Result as JsonNode);
                break;
            case JsonRpcError error:
                WriteId(writer, error.RequestId);
                WriteError(writer, error.Error!);
                break;
            default:
                throw new NotSupportedException(message.GetType().Name);
        }

        writer.WriteEndObject();
    }

    public object GetJsonText(JsonRpcMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Serialize(buffer, message);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteError(Utf8JsonWriter writer, JsonRpcError.ErrorDetail error)
    {
        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, (int)error.Code);
        writer.WriteString("message"u8, error.Message);
        if (error.Data is JsonNode data)
        {
            writer.WritePropertyName("data"u8);
            data.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static void WriteId(Utf8JsonWriter writer, RequestId id)
    {
        writer.WritePropertyName("id"u8);
        if (id.Number is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else if (id.String is { } text)
        {
            writer.WriteStringValue(text);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        if (node is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            node.WriteTo(writer);
        }
    }
}
