using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi.Json;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>Carries a session's messages: reads requests while the session has room for them, and keeps what is written in the order in which the session said it.</summary>
internal sealed class QmpServerMessageHandler : IJsonRpcMessageHandler
{
    private static readonly TimeSpan HangUpInterval = TimeSpan.FromMilliseconds(100);

    private readonly CharacterConnection _connection;
    private readonly PipeReader _input;
    private readonly QmpOutput _output;
    private readonly QmpSession _session;
    private readonly QmpServerFormatter _formatter;
    private readonly Action<IBufferWriter<byte>, JsonRpcMessage> _serialize;
    private readonly JsonStreamParser _parser = new();
    private readonly Lock _orderLock = new();
    private readonly List<(JsonRpcMessage Message, bool HasCome, bool IsUndecided)> _held = [];
    private ReadOnlySequence<byte> _unread;
    private long _lastRequestId;
    private bool _isInputEnded;

    public QmpServerMessageHandler(CharacterConnection connection, QmpOutput output, QmpServerFormatter formatter, QmpSession session)
    {
        _connection = connection;
        _input = connection.Input;
        _output = output;
        _formatter = formatter;
        _session = session;
        _serialize = _formatter.Serialize;
    }

    public bool CanRead => true;

    public bool CanWrite => true;

    public IJsonRpcMessageFormatter Formatter => _formatter;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<JsonRpcMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_session.Intake.HasRoom)
            {
                _session.Deliver();
                if (!await IsThereUntilAsync(_session.Intake.WaitForRoomAsync(cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false))
                {
                    await _input.CompleteAsync().ConfigureAwait(false);
                    return null;
                }
            }

            if (Parse() is { } message)
            {
                return message;
            }

            _session.Deliver();
            if (_isInputEnded)
            {
                await EndAsync(cancellationToken).ConfigureAwait(false);
                await _input.CompleteAsync().ConfigureAwait(false);
                return null;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Writing means appending, which takes no time: a client that does not read holds up its own commands, but nobody who writes.
    public ValueTask WriteAsync(JsonRpcMessage content, CancellationToken cancellationToken)
    {
        lock (_orderLock)
        {
            if (_held.Count == 0)
            {
                Append(content);
            }
            else
            {
                HoldOrRelease(content);
            }
        }

        _session.RequestFlush();
        return default;
    }

    /// <summary>Fixes a message's place: if it has not come to be written yet, what is written after it waits for it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isUndecided">Whether it comes only when somebody else says so; calling this again with false is what says it.</param>
    public void KeepPlace(JsonRpcMessage message, bool isUndecided = false)
    {
        if (((IQmpOutboundMessage)message).IsWritten)
        {
            return;
        }

        lock (_orderLock)
        {
            if (((IQmpOutboundMessage)message).IsWritten)
            {
                return;
            }

            int place = _held.FindIndex(h => h.Message == message);
            if (place < 0)
            {
                _held.Add((message, false, isUndecided));
            }
            else
            {
                _held[place] = _held[place] with { IsUndecided = isUndecided };
            }
        }
    }

    /// <summary>
    /// Whether a message has not come to be written yet whose place is fixed, and comes by itself. One that somebody holds back, and
    /// what stands behind it, does not.
    /// </summary>
    public bool AwaitsMessages
    {
        get
        {
            lock (_orderLock)
            {
                return _held.Count > 0 && !_held[0].IsUndecided;
            }
        }
    }

    /// <summary>Gives the place of a message up that will never be written.</summary>
    public void GiveUpPlace(JsonRpcMessage message)
    {
        lock (_orderLock)
        {
            int place = _held.FindIndex(h => h.Message == message);
            if (place < 0)
            {
                return;
            }

            _held.RemoveAt(place);
            WriteHeld();
        }

        _session.RequestFlush();
    }

    private QmpRequestMessage? Parse()
    {
        if (_unread.IsEmpty || _connection.Closed.IsCompleted)
        {
            return null;
        }

        JsonReadStatus status = _parser.Read(_unread, out SequencePosition consumed);
        _unread = _unread.Slice(consumed);
        if (_unread.IsEmpty)
        {
            _input.AdvanceTo(consumed);
            _unread = default;
        }

        return status == JsonReadStatus.NeedMore ? null : new QmpRequestMessage(_parser.Value, _parser.Error) { RequestId = new RequestId(++_lastRequestId) };
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadResult result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            _unread = result.Buffer;
            _isInputEnded = result.IsCompleted || result.IsCanceled;
            if (_unread.IsEmpty)
            {
                _input.AdvanceTo(_unread.End);
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The connection was closed, by the other end or by this one.
            _unread = default;
            _isInputEnded = true;
        }
    }

    // A client that has only closed its half gets the answers to all that it asked.
    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_connection.Closed.IsCompleted)
        {
            return;
        }

        if (_connection.OutlivesInput)
        {
            await _connection.Closed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (!_connection.IsHungUp && await IsThereUntilAsync(_session.WhenIdleAsync(), cancellationToken).ConfigureAwait(false))
        {
            await _output.WhenAllSentAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // While nothing is read, nothing tells that the other end is gone: it is looked for, since another client may be waiting for the place.
    private async ValueTask<bool> IsThereUntilAsync(Task awaited, CancellationToken cancellationToken)
    {
        while (!awaited.IsCompleted)
        {
            await awaited.WaitAsync(HangUpInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (!awaited.IsCompleted && _connection.IsHungUp)
            {
                return false;
            }
        }

        await awaited.ConfigureAwait(false);
        return true;
    }

    private void Append(JsonRpcMessage message)
    {
        _output.Append(message, _session.IsWatched ? SerializeAndTell : _serialize);
        ((IQmpOutboundMessage)message).IsWritten = true;
    }

    private void SerializeAndTell(IBufferWriter<byte> buffer, JsonRpcMessage message)
    {
        var text = new ArrayBufferWriter<byte>();
        _serialize(text, message);
        buffer.Write(text.WrittenSpan);
        _session.Tell(message, text.WrittenSpan);
    }

    private void HoldOrRelease(JsonRpcMessage message)
    {
        int place = _held.FindIndex(h => h.Message == message);
        if (place >= 0)
        {
            _held[place] = (message, true, false);
        }
        else
        {
            _held.Add((message, true, false));
        }

        WriteHeld();
    }

    private void WriteHeld()
    {
        while (_held.Count > 0 && _held[0].HasCome)
        {
            Append(_held[0].Message);
            _held.RemoveAt(0);
        }
    }
}
