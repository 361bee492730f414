namespace QmpHost.Net.Transports;

/// <summary>A transport as a stream, for TLS to run over; begins with what has already been received.</summary>
/// <param name="receiver">The reader of the transport.</param>
internal sealed class TransportStream(TransportReader receiver) : ConnectionStream
{
    /// <summary>Whether the peer has closed the connection, as far as was seen when reading.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the peer was no longer there when something was sent.</summary>
    public bool HasFailedToSend { get; private set; }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return ValueTask.FromResult(0);
        }

        ReadOnlySpan<byte> ready = receiver.Available;
        if (ready.IsEmpty)
        {
            return ReceiveAsync(buffer);
        }

        int count = Math.Min(ready.Length, buffer.Length);
        ready[..count].CopyTo(buffer.Span);
        receiver.Consume(count);
        return ValueTask.FromResult(count);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await receiver.Transport.SendAsync(buffer).ConfigureAwait(false);
        }
        catch (IOException)
        {
            HasFailedToSend = true;
            throw;
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        int count = await receiver.Transport.ReceiveAsync(buffer).ConfigureAwait(false);
        HasEnded |= count == 0;
        return count;
    }
}
