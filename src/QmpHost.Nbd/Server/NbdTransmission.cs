using System.Diagnostics;
using QmpHost.Block.Core;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Transport;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>
/// The transmission phase of one connection. This is the door between sockets and the host's loop: requests are received and
/// replies are sent on the thread pool; only the requests themselves run on the loop, all that have arrived in one turn. If the
/// loop is idle, that turn is run by the receiving thread itself, so that a request whose disk completes at once changes no
/// thread between receive and send.
/// </summary>
/// <remarks>
/// Memory is bounded: at most <see cref="NbdConstants.MaxRequestsInFlight"/> requests, and <see cref="PayloadBudget"/> bytes of
/// payload or a single request, are held at a time. Nothing more is received until a reply has left.
/// </remarks>
internal sealed class NbdTransmission
{
    /// <summary>Payload of requests and replies that a connection may hold, in bytes, unless a single request needs more.</summary>
    public const int PayloadBudget = NbdConstants.MaxBufferSize;

    private readonly EventLoop _loop;
    private readonly TransportReader _receiver;
    private readonly NbdSession _session;
    private readonly NbdPayloadReceiver _payloads;
    private readonly NbdRequestExecutor _executor;
    private readonly NbdSendQueue<NbdRequestSlot> _sender;
    private readonly NbdRequestSlots _slots = new(NbdConstants.MaxRequestsInFlight, PayloadBudget);
    private readonly Lock _gate = new();
    private List<NbdRequestSlot> _ready = [];
    private List<NbdRequestSlot> _running = [];
    private int _next;
    private bool _flushPosted;
    private long _lastReceived = Stopwatch.GetTimestamp();

    /// <summary>Prepares the transmission phase.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="receiver">The connection after the negotiation.</param>
    /// <param name="session">What was agreed.</param>
    public NbdTransmission(EventLoop loop, TransportReader receiver, NbdSession session)
    {
        _loop = loop;
        _receiver = receiver;
        _session = session;
        _payloads = new NbdPayloadReceiver(receiver, session);
        _executor = new NbdRequestExecutor(session);
        _sender = new NbdSendQueue<NbdRequestSlot>(receiver.Transport, _slots.Release, OnSendFailed);
    }

    /// <summary>When requests last came in, or the transmission began, in <see cref="Stopwatch"/>'s ticks.</summary>
    public long LastReceived => Volatile.Read(ref _lastReceived);

    /// <summary>Serves requests until the client leaves; called off the loop.</summary>
    /// <returns>
    /// A task that ends when all requests are finished; its result says how the client left, nothing for a proper end, and which
    /// replies did not reach it.
    /// </returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        var reasons = new List<string>();
        try
        {
            if (await ReceiveAllAsync().ConfigureAwait(false) is { } reason)
            {
                reasons.Add(reason);
            }
        }
        catch (IOException e)
        {
            reasons.Add(TransportErrors.DescribeRead(e));
        }

        DispatchReady();
        await _slots.WaitUntilIdleAsync().ConfigureAwait(false);
        if (_sender.Failure is { } failure)
        {
            reasons.AddRange(Enumerable.Repeat($"Failed to send reply: {TransportErrors.DescribeWrite(failure)}", _sender.Lost));
        }

        return reasons;
    }

    private async ValueTask<string?> ReceiveAllAsync()
    {
        int headerSize = NbdRequest.SizeOf(_session.Framing);
        while (!_receiver.Transport.IsShutdown)
        {
            if (_receiver.Available.Length < headerSize)
            {
                DispatchReady();
                if (!await _receiver.FillAsync(headerSize).ConfigureAwait(false))
                {
                    return _receiver.Available.IsEmpty ? null : "Unexpected end-of-file before all bytes were read";
                }

                Volatile.Write(ref _lastReceived, Stopwatch.GetTimestamp());
            }

            NbdRequest request = NbdRequest.Read(_receiver.Available, _session.Framing, out uint magic);
            _receiver.Consume(headerSize);
            bool badMagic = magic != NbdRequest.MagicOf(_session.Framing);
            if (request.Command == NbdCommand.Disconnect && !badMagic)
            {
                return null;
            }

            NbdRequestSlot slot = await TakeSlotAsync(request).ConfigureAwait(false);
            slot.Request = request;
            slot.BadMagic = badMagic ? magic : null;
            bool hasPayload = _session.HasPayload(request);
            bool unreadablePayload = badMagic || (hasPayload && NbdRequestValidator.IsTooLong(request, _session));
            if (!unreadablePayload && hasPayload && await ReceivePayloadAsync(slot).ConfigureAwait(false) is { } end)
            {
                _slots.Release(slot);
                return end;
            }

            _ready.Add(slot);
            if (unreadablePayload)
            {
                return "Request handling failed in intermediate state";
            }
        }

        return null;
    }

    private async ValueTask<NbdRequestSlot> TakeSlotAsync(NbdRequest request)
    {
        int charge = NbdRequestCharge.Of(request, _session);
        if (_slots.TryTake(charge) is { } slot)
        {
            return slot;
        }

        DispatchReady();
        return await _slots.TakeAsync(charge).ConfigureAwait(false);
    }

    private async ValueTask<string?> ReceivePayloadAsync(NbdRequestSlot slot)
    {
        if ((ulong)_receiver.Available.Length < slot.Request.Length)
        {
            DispatchReady();
        }

        try
        {
            return await _payloads.ReceiveAsync(slot).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _slots.Release(slot);
            throw;
        }
    }

    private void DispatchReady()
    {
        if (_ready.Count == 0)
        {
            return;
        }

        HandOver();
        if (_loop.TryRun(static state => ((NbdTransmission)state!).RunBatch(), this))
        {
            _sender.Flush(mayBlock: !TransportFactory.IsServingThread);
        }
        else
        {
            _loop.Post(static state => ((NbdTransmission)state!).RunPostedBatch(), this);
        }
    }

    private void HandOver()
    {
        lock (_gate)
        {
            if (_running.Count == 0)
            {
                (_ready, _running) = (_running, _ready);
            }
            else
            {
                // The loop has not yet come to the last batch.
                _running.AddRange(_ready);
                _ready.Clear();
            }
        }
    }

    private void RunPostedBatch()
    {
        RunBatch();
        _sender.Flush(mayBlock: false);
    }

    private void RunBatch()
    {
        while (TakeOne() is { } slot)
        {
            ValueTask execution = _executor.ExecuteAsync(slot);
            if (execution.IsCompletedSuccessfully)
            {
                execution.GetAwaiter().GetResult();
                _sender.Enqueue(slot);
            }
            else
            {
                _ = FinishAsync(execution, slot);
            }
        }
    }

    private async Task FinishAsync(ValueTask execution, NbdRequestSlot slot)
    {
        try
        {
            await execution;
        }
        catch (RequestDroppedException)
        {
            _slots.Release(slot);
            return;
        }
        catch (Exception)
        {
            // A defect of a driver: the reply is lost, so the connection cannot go on; the host hears of it from the loop.
            _receiver.Transport.Shutdown();
            _slots.Release(slot);
            throw;
        }

        _sender.Enqueue(slot);
        PostFlush();
    }

    /// <summary>Requests that complete in one turn of the loop are replied to with one send.</summary>
    private void PostFlush()
    {
        if (_flushPosted)
        {
            return;
        }

        _flushPosted = true;
        _loop.Post(
            static state =>
            {
                var transmission = (NbdTransmission)state!;
                transmission._flushPosted = false;
                transmission._sender.Flush(mayBlock: false);
            },
            this);
    }

    private NbdRequestSlot? TakeOne()
    {
        lock (_gate)
        {
            if (_next == _running.Count)
            {
                _running.Clear();
                _next = 0;
                return null;
            }

            return _running[_next++];
        }
    }

    private void OnSendFailed(Exception e) => _receiver.Transport.Shutdown();
}
