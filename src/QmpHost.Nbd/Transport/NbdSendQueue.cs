using QmpHost.Block.Loop;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Transport;

/// <summary>
/// Sends messages in the order in which they were added. Messages that are waiting together leave together: short ones are
/// copied into one send, long ones go from where they lie.
/// </summary>
/// <remarks>All members may be used from any thread.</remarks>
/// <typeparam name="TItem">The messages.</typeparam>
internal sealed class NbdSendQueue<TItem> : IThreadPoolWorkItem
    where TItem : class, INbdSendItem
{
    private const int BatchCapacity = 64 * 1024;
    private const int CopyLimit = 16 * 1024;
    private const int InlineSendLimit = 32 * 1024;

    private readonly Lock _gate = new();
    private readonly ITransport _transport;
    private readonly Action<TItem>? _sent;
    private readonly Action<Exception> _failed;
    private Queue<TItem> _waiting = new();
    private Queue<TItem> _spare = new();
    private byte[]? _batch;
    private int _filled;
    private bool _sending;
    private bool _broken;
    private int _lost;
    private long _waitingBytes;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="transport">Where messages go.</param>
    /// <param name="sent">Told of every message that has left, or was dropped after a failure.</param>
    /// <param name="failed">Told once, when the connection breaks.</param>
    public NbdSendQueue(ITransport transport, Action<TItem>? sent, Action<Exception> failed)
    {
        _transport = transport;
        _sent = sent;
        _failed = failed;
    }

    /// <summary>How many messages could not be sent; final once all that were added have been told of.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>What broke the connection, or null.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>Adds a message without sending it yet.</summary>
    /// <param name="item">The message.</param>
    public void Enqueue(TItem item)
    {
        lock (_gate)
        {
            _waiting.Enqueue(item);
            _waitingBytes += item.Head.Length + item.Body.Length;
        }
    }

    /// <summary>
    /// Sends what is waiting, unless somebody is already at it. In a turn of a loop the thread does so when the turn has ended.
    /// </summary>
    /// <param name="mayBlock">
    /// Whether the caller has time: copying much data into a socket takes long, so that a caller on the loop leaves it to the pool.
    /// </param>
    public void Flush(bool mayBlock)
    {
        lock (_gate)
        {
            if (_sending || _waiting.Count == 0)
            {
                return;
            }

            _sending = true;
            mayBlock |= _waitingBytes <= InlineSendLimit;
        }

        if (FollowUp.TryQueue(this))
        {
            return;
        }

        if (mayBlock)
        {
            _ = SendAllAsync();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendAllAsync();

    private async Task SendAllAsync()
    {
        while (TakeWaiting() is { } items)
        {
            try
            {
                await SendAsync(items).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                Break(e);
            }

            while (items.TryDequeue(out TItem? item))
            {
                if (_broken)
                {
                    Interlocked.Increment(ref _lost);
                }

                _sent?.Invoke(item);
            }
        }
    }

    private Queue<TItem>? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _sending = false;
                return null;
            }

            Queue<TItem> taken = _waiting;
            _waiting = _spare;
            _spare = taken;
            _waitingBytes = 0;
            return taken;
        }
    }

    private async ValueTask SendAsync(Queue<TItem> items)
    {
        if (_broken)
        {
            return;
        }

        if (items.Count == 1 && items.Peek() is { Body.IsEmpty: true } single)
        {
            await _transport.SendAsync(single.Head).ConfigureAwait(false);
            return;
        }

        _filled = 0;
        foreach (TItem item in items)
        {
            await AppendAsync(item.Head).ConfigureAwait(false);
            await AppendAsync(item.Body).ConfigureAwait(false);
        }

        await SendBatchAsync().ConfigureAwait(false);
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> part)
    {
        if (part.Length > CopyLimit || _filled + part.Length > BatchCapacity)
        {
            await SendBatchAsync().ConfigureAwait(false);
        }

        if (part.Length > CopyLimit)
        {
            await _transport.SendAsync(part).ConfigureAwait(false);
            return;
        }

        _batch ??= GC.AllocateUninitializedArray<byte>(BatchCapacity);
        part.Span.CopyTo(_batch.AsSpan(_filled));
        _filled += part.Length;
    }

    private async ValueTask SendBatchAsync()
    {
        if (_filled > 0)
        {
            int count = _filled;
            _filled = 0;
            await _transport.SendAsync(_batch.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private void Break(IOException e)
    {
        lock (_gate)
        {
            if (_broken)
            {
                return;
            }

            Failure = e;
            _broken = true;
        }

        _failed(e);
    }
}
