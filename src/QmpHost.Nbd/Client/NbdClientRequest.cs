using System.Threading.Tasks.Sources;
using QmpHost.Block.Core;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Client;

/// <summary>One of the requests that a client may have under way.</summary>
internal sealed class NbdClientRequest : INbdSendItem, IValueTaskSource
{
    private readonly byte[] _header = new byte[NbdConstants.ExtendedHeaderSize];
    private ManualResetValueTaskSourceCore<bool> _completion;
    private int _headerSize;
    private int _isAnswered;
    private int _openEnds;
    private bool _isAbandoned;

    /// <summary>The request.</summary>
    public NbdRequest Request { get; private set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Head => _header.AsMemory(0, _headerSize);

    /// <summary>The payload of a write.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Where the data of a read goes.</summary>
    public Memory<byte> Destination { get; private set; }

    /// <summary>Bytes of <see cref="Destination"/> that have been filled.</summary>
    public long Filled { get; set; }

    /// <summary>The first extent of a block status reply.</summary>
    public NbdExtent? Extent { get; set; }

    /// <summary>The first error that the server reported.</summary>
    public Errno Error { get; set; }

    /// <summary>What the request ends with where the connection ends before it is answered.</summary>
    public Errno ErrorOfLoss { get; set; }

    /// <summary>Prepares the request for another use.</summary>
    /// <param name="request">The request.</param>
    /// <param name="framing">How messages are framed.</param>
    /// <param name="body">The payload of a write.</param>
    /// <param name="destination">Where the data of a read goes.</param>
    public void Reset(NbdRequest request, NbdFraming framing, ReadOnlyMemory<byte> body, Memory<byte> destination)
    {
        Request = request;
        Body = body;
        Destination = destination;
        Filled = 0;
        Extent = null;
        Error = Errno.None;
        ErrorOfLoss = Errno.EIO;
        _isAnswered = 0;
        _isAbandoned = false;
        _openEnds = 2;
        _headerSize = NbdRequest.SizeOf(framing);
        request.Write(_header, framing);
        _completion.Reset();
    }

    /// <summary>Waits for the reply.</summary>
    /// <returns>A task that ends with it; it fails with <see cref="NbdConnectionLostException"/> if none will come.</returns>
    public ValueTask WaitAsync() => new(this, _completion.Version);

    /// <summary>Notes that the request has left, or never will: its payload is no longer needed.</summary>
    public void MarkSent() => CloseEnd();

    /// <summary>Notes the reply. Only the first call of this and <see cref="Abandon"/> counts.</summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) == 0)
        {
            CloseEnd();
        }
    }

    /// <summary>Notes that no reply will come.</summary>
    public void Abandon()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) == 0)
        {
            _isAbandoned = true;
            CloseEnd();
        }
    }

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _completion.OnCompleted(continuation, state, token, flags);

    /// <summary>The request ends when neither the sender nor the receiver touches its buffers any more.</summary>
    private void CloseEnd()
    {
        if (Interlocked.Decrement(ref _openEnds) > 0)
        {
            return;
        }

        if (_isAbandoned)
        {
            _completion.SetException(new NbdConnectionLostException(ErrorOfLoss));
        }
        else
        {
            _completion.SetResult(true);
        }
    }
}
