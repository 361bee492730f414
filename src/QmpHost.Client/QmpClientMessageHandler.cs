using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Client;

/// <summary>Carries a client's messages over a pair of pipes.</summary>
/// <param name="input">What the server sends.</param>
/// <param name="output">What goes to the server.</param>
/// <param name="transcript">Told of every message, or null.</param>
/// <param name="socket">The socket behind the pipes, over which descriptors can be sent; null where there is none.</param>
internal sealed class QmpClientMessageHandler(PipeReader input, PipeWriter output, Action<QmpTranscriptEntry>? transcript, Socket? socket)
    : IJsonRpcMessageHandler, IDisposable
{
    private readonly QmpClientFormatter _formatter = new();
    private readonly JsonStreamParser _parser = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly ArrayBufferWriter<byte> _received = new();
    private readonly TaskCompletionSource<QmpGreeting> _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool CanRead => true;

    public bool CanWrite => true;

    public IJsonRpcMessageFormatter Formatter => _formatter;

    /// <summary>Completes with the server's greeting; fails if the connection ends before.</summary>
    public Task<QmpGreeting> Greeting => _greeting.Task;

    public async ValueTask<JsonRpcMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // A server that exits without having read our last line end resets the connection: an end like any other.
                return null;
            }

            JsonReadStatus status = _parser.Read(result.Buffer, out SequencePosition consumed);
            Record(result.Buffer.Slice(0, consumed), status);
            input.AdvanceTo(consumed);
            if (status == JsonReadStatus.Value && Accept(_parser.Value!) is { } message)
            {
                return message;
            }

            if (status == JsonReadStatus.Error)
            {
                throw new InvalidDataException(_parser.Error);
            }

            if (status == JsonReadStatus.NeedMore && result.IsCompleted)
            {
                return null;
            }
        }
    }

    public async ValueTask WriteAsync(JsonRpcMessage message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _message.ResetWrittenCount();
            Formatter.Serialize(_message, message);
            transcript?.Invoke(new QmpTranscriptEntry(false, Encoding.UTF8.GetString(_message.WrittenSpan)));
            _message.Write("\r\n"u8);
            var descriptors = (message as JsonRpcRequest)?.ArgumentsList?[2] as IReadOnlyList<SafeHandle>;
            int sent = descriptors is { Count: > 0 } ? DescriptorSender.Send(socket!, _message.WrittenSpan, descriptors) : 0;
            await output.WriteAsync(_message.WrittenMemory[sent..], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Called when the connection ends. The pipes belong to a stream, which the client disposes.</summary>
    public void Dispose() => _greeting.TrySetException(new QmpConnectionException(new EndOfStreamException("There was no greeting.")));

    private JsonRpcMessage? Accept(QObject value)
    {
        if (value is QDict dict && dict.ContainsKey("QMP"))
        {
            QmpGreeting greeting = QmpGreeting.Read(dict);
            _formatter.Profile = greeting.Profile;
            _greeting.TrySetResult(greeting);
        }

        return _formatter.Read(value);
    }

    private void Record(in ReadOnlySequence<byte> taken, JsonReadStatus status)
    {
        if (transcript is null)
        {
            return;
        }

        foreach (ReadOnlyMemory<byte> segment in taken)
        {
            _received.Write(segment.Span);
        }

        if (status != JsonReadStatus.NeedMore)
        {
            transcript(new QmpTranscriptEntry(true, Encoding.UTF8.GetString(_received.WrittenSpan).TrimStart('\r', '\n')));
            _received.ResetWrittenCount();
        }
    }
}
