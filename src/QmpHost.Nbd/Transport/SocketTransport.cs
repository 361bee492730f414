using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using QmpHost.Block.Graph;

namespace QmpHost.Nbd.Transport;

/// <summary>A connected stream socket. Receives and sends that wait continue on a thread of the <see cref="SocketPoller"/>.</summary>
internal sealed class SocketTransport : INbdTransport, IPollable, IValueTaskSource<int>
{
    // States of the reader: nobody waits; the reader waits for an event; an event came while nobody waited.
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;

    private readonly Socket _socket;
    private readonly int _handle;
    private readonly long _pollKey;
    private ManualResetValueTaskSourceCore<int> _pending;
    private Memory<byte> _buffer;
    private int _state;
    private WakeSignal? _writable;
    private volatile bool _isShutdown;
    private volatile bool _isDisposed;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket.</param>
    public SocketTransport(Socket socket)
    {
        _socket = socket;
        _handle = (int)socket.SafeHandle.DangerousGetHandle();
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

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
            if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
            {
                return pending;
            }

            // Something came in between.
            Volatile.Write(ref _state, Idle);
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
        _isDisposed = true;
        _writable?.Give();
        if (!_socket.SafeHandle.IsClosed)
        {
            SocketPoller.Shared.Remove(_handle, _pollKey);
        }

        _socket.Dispose();
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

            if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
            {
                return;
            }

            Volatile.Write(ref _state, Idle);
        }
    }

    void IPollable.OnWritable() => _writable?.Give();

    int IValueTaskSource<int>.GetResult(short token) => _pending.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _pending.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _pending.OnCompleted(continuation, state, token, flags);

    /// <summary>Takes the waiting reader, or leaves a note for one that is about to wait. The state may change at any step.</summary>
    private bool TryWakeReader()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                return true;
            }

            if (Interlocked.CompareExchange(ref _state, Signalled, Idle) != Waiting)
            {
                return false;
            }
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
        => new(((Errno)(-result)).Describe(), new SocketException(-result));

    /// <summary>The peer is slow: waits for room as often as needed.</summary>
    private async ValueTask SendSlowlyAsync(ReadOnlyMemory<byte> buffer)
    {
        _writable ??= new WakeSignal();
        SocketPoller.Shared.Watch(_handle, _pollKey, sending: true);
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = _isDisposed ? -(int)Errno.EPIPE : SocketCalls.Send(_handle, buffer.Span);
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
            if (!_isDisposed)
            {
                SocketPoller.Shared.Watch(_handle, _pollKey, sending: false);
            }
        }
    }
}
