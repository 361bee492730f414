using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace QmpHost.Net.Transports;

/// <summary>The fast transport: a connected stream socket. Receives and sends that wait continue on a thread of the <see cref="SocketPoller"/>.</summary>
internal sealed class SocketTransport : ITransport, IPollable, IValueTaskSource<int>
{
    // States of the reader: nobody waits; the reader waits for an event; an event came while nobody waited; a second one came,
    // and the poller was told to tell of no more.
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;
    private const int Muted = 3;

    private readonly Socket _socket;
    private readonly int _handle;
    private readonly long _pollKey;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<int> _pending;
    private Memory<byte> _buffer;
    private int _state;
    private WakeSignal? _writable;
    private volatile bool _isShutdown;
    private volatile bool _isDisposed;
    private bool _isListening = true;
    private bool _awaitsRoom;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket.</param>
    public SocketTransport(Socket socket)
    {
        _socket = socket;
        _handle = (int)socket.SafeHandle.DangerousGetHandle();
        _pollKey = SocketPoller.Shared.Add(_handle, this);
    }

    /// <inheritdoc/>
    public bool IsShutdown => _isShutdown;

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (true)
        {
            int received = SocketCalls.Receive(_handle, buffer.Span);
            if (received != SocketCalls.WouldBlock)
            {
                return received >= 0 ? ValueTask.FromResult(received) : ValueTask.FromException<int>(Failure(received));
            }

            _pending.Reset();
            _buffer = buffer;
            ValueTask<int> pending = new(this, _pending.Version);
            if (TryWait())
            {
                return pending;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int sent = SocketCalls.Send(_handle, buffer.Span);
            if (sent == SocketCalls.WouldBlock)
            {
                return SendSlowlyAsync(buffer);
            }

            if (sent < 0)
            {
                return ValueTask.FromException(Failure(sent));
            }

            buffer = buffer[sent..];
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Shutdown()
    {
        _isShutdown = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster: there is nothing left to shut down.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                SocketPoller.Shared.Remove(_handle, _pollKey);
                _socket.Dispose();
            }
        }

        _writable?.Give();
    }

    void IPollable.OnReadable()
    {
        if (!TryWakeReader())
        {
            return;
        }

        while (true)
        {
            int received = SocketCalls.Receive(_handle, _buffer.Span);
            if (received != SocketCalls.WouldBlock)
            {
                Complete(received);
                return;
            }

            if (TryWait())
            {
                return;
            }
        }
    }

    void IPollable.OnWritable() => _writable?.Give();

    int IValueTaskSource<int>.GetResult(short token) => _pending.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _pending.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _pending.OnCompleted(continuation, state, token, flags);

    /// <summary>Lets the reader wait, unless something came in between: it then looks again.</summary>
    private bool TryWait()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return true;
        }

        if (Interlocked.Exchange(ref _state, Idle) == Muted)
        {
            Listen(true);
        }

        return false;
    }

    /// <summary>Takes the waiting reader, or leaves a note for one that is about to wait. The state may change at any step.</summary>
    private bool TryWakeReader()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                return true;
            }

            switch (Interlocked.CompareExchange(ref _state, Signalled, Idle))
            {
                case Waiting:
                    continue;
                case Signalled:
                    Mute();
                    return false;
                default:
                    return false;
            }
        }
    }

    /// <summary>
    /// The reader has enough to do: each further event would wake a thread for nothing. A reader that took the note meanwhile
    /// counts on hearing of the next event.
    /// </summary>
    private void Mute()
    {
        Listen(false);
        if (Interlocked.CompareExchange(ref _state, Muted, Signalled) != Signalled)
        {
            Listen(true);
        }
    }

    private void Listen(bool receiving)
    {
        lock (_gate)
        {
            _isListening = receiving;
            Watch();
        }
    }

    private void AwaitRoom(bool sending)
    {
        lock (_gate)
        {
            _awaitsRoom = sending;
            Watch();
        }
    }

    /// <summary>Called under the gate: another socket may have the descriptor as soon as this one is closed.</summary>
    private void Watch()
    {
        if (!_isDisposed)
        {
            SocketPoller.Shared.Watch(_handle, _pollKey, _isListening, _awaitsRoom);
        }
    }

    private void Complete(int received)
    {
        if (received >= 0)
        {
            _pending.SetResult(received);
        }
        else
        {
            _pending.SetException(Failure(received));
        }
    }

    private static IOException Failure(int result)
        => new(SystemErrors.Describe(-result), new SocketException(-result));

    /// <summary>The peer is slow: waits for room as often as needed.</summary>
    private async ValueTask SendSlowlyAsync(ReadOnlyMemory<byte> buffer)
    {
        _writable ??= new WakeSignal();
        AwaitRoom(true);
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = _isDisposed ? -SystemErrors.BrokenPipe : SocketCalls.Send(_handle, buffer.Span);
                if (sent == SocketCalls.WouldBlock)
                {
                    await _writable.WaitAsync().ConfigureAwait(false);
                }
                else
                {
                    buffer = sent >= 0 ? buffer[sent..] : throw Failure(sent);
                }
            }
        }
        finally
        {
            AwaitRoom(false);
        }
    }
}
