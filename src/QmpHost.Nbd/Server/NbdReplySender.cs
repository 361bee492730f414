using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Server;

/// <summary>
/// Sends finished replies in the order in which they were finished. Replies that are waiting together leave together: short
/// ones are copied into one send, long ones go from where they lie.
/// </summary>
/// <remarks>All members may be used from any thread.</remarks>
internal sealed class NbdReplySender : IThreadPoolWorkItem
{
    private const int BatchCapacity = 64 * 1024;
    private const int CopyLimit = 16 * 1024;
    private const int InlineSendLimit = 32 * 1024;

    private readonly Lock _gate = new();
    private readonly INbdTransport _transport;
    private readonly Action<NbdRequestSlot> _sent;
    private readonly Action<Exception> _failed;
    private Queue<NbdRequestSlot> _waiting = new();
    private Queue<NbdRequestSlot> _spare = new();
    private byte[]? _batch;
    private bool _sending;
    private bool _broken;
    private long _waitingBytes;

    /// <summary>Makes a sender.</summary>
    /// <param name="transport">Where replies go.</param>
    /// <param name="sent">Told of every slot whose reply has left, or was dropped after a failure.</param>
    /// <param name="failed">Told once, when the connection breaks.</param>
    public NbdReplySender(INbdTransport transport, Action<NbdRequestSlot> sent, Action<Exception> failed)
    {
        _transport = transport;
        _sent = sent;
        _failed = failed;
    }

    /// <summary>Adds a reply without sending it yet.</summary>
    /// <param name="slot">The slot with its reply.</param>
    public void Enqueue(NbdRequestSlot slot)
    {
        lock (_gate)
        {
            _waiting.Enqueue(slot);
            _waitingBytes += slot.Reply.Length;
        }
    }

    /// <summary>Sends what is waiting, unless somebody is already at it.</summary>
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
        while (TakeWaiting() is { } replies)
        {
            try
            {
                await SendAsync(replies).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                Break(e);
            }

            while (replies.TryDequeue(out NbdRequestSlot? slot))
            {
                _sent(slot);
            }
        }
    }

    private Queue<NbdRequestSlot>? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _sending = false;
                return null;
            }

            Queue<NbdRequestSlot> taken = _waiting;
            _waiting = _spare;
            _spare = taken;
            _waitingBytes = 0;
            return taken;
        }
    }

    private async ValueTask SendAsync(Queue<NbdRequestSlot> replies)
    {
        if (_broken)
        {
            return;
        }

        if (replies.Count == 1)
        {
            await _transport.SendAsync(replies.Peek().Reply).ConfigureAwait(false);
            return;
        }

        int filled = 0;
        foreach (NbdRequestSlot slot in replies)
        {
            ReadOnlyMemory<byte> reply = slot.Reply;
            if (filled > 0 && (reply.Length > CopyLimit || filled + reply.Length > BatchCapacity))
            {
                await _transport.SendAsync(_batch.AsMemory(0, filled)).ConfigureAwait(false);
                filled = 0;
            }

            if (reply.Length > CopyLimit)
            {
                await _transport.SendAsync(reply).ConfigureAwait(false);
            }
            else
            {
                _batch ??= GC.AllocateUninitializedArray<byte>(BatchCapacity);
                reply.Span.CopyTo(_batch.AsSpan(filled));
                filled += reply.Length;
            }
        }

        if (filled > 0)
        {
            await _transport.SendAsync(_batch.AsMemory(0, filled)).ConfigureAwait(false);
        }
    }

    private void Break(Exception e)
    {
        lock (_gate)
        {
            if (_broken)
            {
                return;
            }

            _broken = true;
        }

        _failed(e);
    }
}
