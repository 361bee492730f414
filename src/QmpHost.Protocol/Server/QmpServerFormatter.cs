using System.Buffers;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>Maps the library's messages to those that a QMP server receives and sends.</summary>
internal sealed class QmpServerFormatter : IJsonRpcMessageFormatter
{
    /// <summary>The library's name of every request; which command it is, only the session decides.</summary>
    public const string ExecuteMethod = "execute";

    private readonly VersionProfile _profile;
    private readonly ArrayBufferWriter<byte>? _pretty;
    private readonly QapiWriter _writer;
    private readonly RedirectedBuffer _output = new();

    public QmpServerFormatter(VersionProfile profile, bool pretty)
    {
        _profile = profile;
        _pretty = pretty ? new ArrayBufferWriter<byte>() : null;
        _writer = new QapiWriter(_pretty is null ? _output : _pretty, pretty);
    }

    public JsonRpcMessage Deserialize(ReadOnlySequence<byte> contentBuffer)
    {
        var parser = new JsonStreamParser();
        JsonReadStatus status = parser.Read(contentBuffer, out _);
        if (status == JsonReadStatus.NeedMore)
        {
            status = parser.End();
        }

        return new QmpRequestMessage(parser.Value, status == JsonReadStatus.Value ? null : parser.Error ?? "Expecting a JSON value");
    }

    // Calls do not overlap.
    public void Serialize(IBufferWriter<byte> bufferWriter, JsonRpcMessage message)
    {
        _output.Target = bufferWriter;
        ((IQmpOutboundMessage)message).WriteTo(_writer, _profile);
        _writer.EndMessage();
        _writer.Flush();
        if (_pretty is not null)
        {
            WriteLines(_pretty.WrittenSpan);
            _pretty.ResetWrittenCount();
        }
    }

    public object GetJsonText(JsonRpcMessage message)
    {
        if (message is QmpRequestMessage request)
        {
            return request.Content?.ToString() ?? request.SyntaxError ?? string.Empty;
        }

        var buffer = new ArrayBufferWriter<byte>();
        Serialize(buffer, message);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // A monitor ends all lines in the terminal's way, those within a message too.
    private void WriteLines(ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            int end = text.IndexOfAny((byte)'\r', (byte)'\n');
            _output.Write(text[..(end < 0 ? text.Length : end)]);
            if (end < 0)
            {
                return;
            }

            _output.Write("\r\n"u8);
            text = text[(text[end] == (byte)'\r' ? end + 2 : end + 1)..];
        }
    }

    /// <summary>Lets one writer serve buffers that come and go.</summary>
    private sealed class RedirectedBuffer : IBufferWriter<byte>
    {
        public IBufferWriter<byte> Target { get; set; } = new ArrayBufferWriter<byte>();

        public void Advance(int count) => Target.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => Target.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => Target.GetSpan(sizeHint);
    }
}
