using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Transport;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Client;

/// <summary>
/// One connection of a client in its transmission phase. Requests are made on the host's loop; replies are read on the thread
/// pool, data straight into the requests' buffers.
/// </summary>
/// <remarks>Public members are used on the host's loop only.</remarks>
internal sealed class NbdClientTransmission : IAsyncDisposable
{
    private readonly TransportReader _receiver;
    private readonly NbdSendQueue<NbdClientRequest> _sender;
    private readonly NbdClientRequest?[] _underWay = new NbdClientRequest?[NbdConstants.MaxRequestsInFlight];
    private readonly Stack<NbdClientRequest> _free = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Lock _gate = new();
    private readonly Task _receiving;
    private int _count;
    private uint _generation;
    private bool _isLost;

    /// <summary>Takes over a connection after its handshake.</summary>
    /// <param name="receiver">The connection.</param>
    /// <param name="info">What was negotiated.</param>
    public NbdClientTransmission(TransportReader receiver, NbdExportInfo info)
    {
        _receiver = receiver;
        Info = info;
        _sender = new NbdSendQueue<NbdClientRequest>(
            receiver.Transport, static request => request.MarkSent(), _ => receiver.Transport.Shutdown());
        _receiving = Task.Run(ReceiveAllAsync);
    }

    /// <summary>What was negotiated.</summary>
    public NbdExportInfo Info { get; }

    /// <summary>Whether the connection is gone.</summary>
    public bool IsLost
    {
        get
        {
            lock (_gate)
            {
                return _isLost;
            }
        }
    }

    /// <summary>Carries out a request.</summary>
    /// <param name="command">The command.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="body">The payload of a write.</param>
    /// <param name="destination">Where the data of a read goes.</param>
    /// <returns>The first extent, for a block status request.</returns>
    /// <exception cref="NbdConnectionLostException">The connection ended before the reply.</exception>
    /// <exception cref="BlockIOException">The server reported an error.</exception>
    public async ValueTask<NbdExtent?> RequestAsync(
        NbdCommand command, NbdCommandFlags flags, long offset, long length, ReadOnlyMemory<byte> body = default, Memory<byte> destination = default)
    {
        await WaitForRoomAsync();
        NbdClientRequest? request = null;
        try
        {
            request = Begin(command, flags, offset, length, body, destination);
            _sender.Enqueue(request);
            _sender.Flush(mayBlock: false);
            await request.WaitAsync();
            return Evaluate(request);
        }
        finally
        {
            End(request);
        }
    }

    /// <summary>Says goodbye, if the server can still hear it, and closes the connection.</summary>
    /// <returns>A task that ends when it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (!IsLost)
        {
            byte[] goodbye = new byte[NbdRequest.SizeOf(Info.Framing)];
            new NbdRequest(NbdCommandFlags.None, NbdCommand.Disconnect, 0, 0, 0).Write(goodbye, Info.Framing);
            try
            {
                await _receiver.Transport.SendAsync(goodbye);
            }
            catch (IOException)
            {
                // The server was faster.
            }
        }

        _receiver.Transport.Shutdown();
        await _receiving;
        _receiver.Transport.Dispose();
    }

    private NbdClientRequest Begin(
        NbdCommand command, NbdCommandFlags flags, long offset, long length, ReadOnlyMemory<byte> body, Memory<byte> destination)
    {
        lock (_gate)
        {
            if (_isLost)
            {
                throw new NbdConnectionLostException();
            }

            NbdClientRequest request = _free.TryPop(out NbdClientRequest? free) ? free : new NbdClientRequest();
            int slot = Array.IndexOf(_underWay, null);
            ulong handle = ((ulong)++_generation << 8) | (uint)slot;
            request.Reset(new NbdRequest(flags, command, handle, (ulong)offset, (ulong)length), Info.Framing, body, destination);
            _underWay[slot] = request;
            return request;
        }
    }

    private void End(NbdClientRequest? request)
    {
        if (request is not null)
        {
            lock (_gate)
            {
                _underWay[(int)(request.Request.Handle & 0xff)] = null;
                _free.Push(request);
            }
        }

        // The place goes to whoever waits longest.
        if (_waiting.TryDequeue(out TaskCompletionSource? next))
        {
            next.SetResult();
        }
        else
        {
            _count--;
        }
    }

    private Task WaitForRoomAsync()
    {
        if (_count < NbdConstants.MaxRequestsInFlight)
        {
            _count++;
            return Task.CompletedTask;
        }

        var turn = new TaskCompletionSource();
        _waiting.Enqueue(turn);
        return turn.Task;
    }

    private static NbdExtent? Evaluate(NbdClientRequest request)
    {
        if (request.Error != Errno.None)
        {
            throw new BlockIOException(request.Error);
        }

        bool isComplete = request.Request.Command switch
        {
            NbdCommand.Read => (ulong)request.Filled == request.Request.Length,
            NbdCommand.BlockStatus => request.Extent is not null,
            _ => true,
        };
        return isComplete ? request.Extent : throw new BlockIOException(Errno.EIO);
    }

    private async Task ReceiveAllAsync()
    {
        var reader = new NbdReplyReader(_receiver, Info, Find);
        try
        {
            while (true)
            {
                (NbdClientRequest? finished, bool goesOn) = await reader.ReadAsync().ConfigureAwait(false);
                if (!goesOn)
                {
                    break;
                }

                finished?.Complete();
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // Whatever it was, nothing that this server says is of use any more.
            _receiver.Transport.Shutdown();
        }

        Lose();
    }

    private NbdClientRequest? Find(ulong handle)
    {
        lock (_gate)
        {
            uint slot = (uint)(handle & 0xff);
            return slot < _underWay.Length && _underWay[slot] is { } request && request.Request.Handle == handle ? request : null;
        }
    }

    private void Lose()
    {
        List<NbdClientRequest> abandoned;
        lock (_gate)
        {
            _isLost = true;
            abandoned = [.. _underWay.OfType<NbdClientRequest>()];
        }

        abandoned.ForEach(static request => request.Abandon());
    }
}
