namespace QmpHost.Net.Transports;

/// <summary>Reads from a transport through a small window, so that many small messages cost one receive.</summary>
/// <remarks>Used by one reader at a time.</remarks>
internal sealed class TransportReader
{
    private readonly byte[] _window;
    private int _start;
    private int _end;

    /// <summary>Makes a reader.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="windowSize">Bytes received in advance at most.</param>
    public TransportReader(ITransport transport, int windowSize = 8192)
    {
        Transport = transport;
        _window = GC.AllocateUninitializedArray<byte>(windowSize);
    }

    /// <summary>The transport.</summary>
    public ITransport Transport { get; }

    /// <summary>What has been received and not yet consumed.</summary>
    public ReadOnlySpan<byte> Available => _window.AsSpan(_start, _end - _start);

    /// <summary>Marks available bytes as consumed.</summary>
    /// <param name="count">Their number.</param>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Receives until a number of bytes is available.</summary>
    /// <param name="count">Bytes wanted; at most the window's size.</param>
    /// <returns>False when the stream ended before.</returns>
    public async ValueTask<bool> FillAsync(int count)
    {
        while (_end - _start < count)
        {
            if (_window.Length - _start < count)
            {
                Available.CopyTo(_window);
                _end -= _start;
                _start = 0;
            }

            int received = await Transport.ReceiveAsync(_window.AsMemory(_end)).ConfigureAwait(false);
            if (received == 0)
            {
                return false;
            }

            _end += received;
        }

        return true;
    }

    /// <summary>Reads exactly as many bytes as a buffer holds; those behind the window go into the buffer directly.</summary>
    /// <param name="destination">The buffer.</param>
    /// <returns>False when the stream ended before.</returns>
    public async ValueTask<bool> ReadAsync(Memory<byte> destination)
    {
        int ready = Math.Min(destination.Length, _end - _start);
        _window.AsSpan(_start, ready).CopyTo(destination.Span);
        Consume(ready);
        destination = destination[ready..];
        while (!destination.IsEmpty)
        {
            int received = await Transport.ReceiveAsync(destination).ConfigureAwait(false);
            if (received == 0)
            {
                return false;
            }

            destination = destination[received..];
        }

        return true;
    }

    /// <summary>Reads and forgets bytes.</summary>
    /// <param name="count">Their number.</param>
    /// <returns>False when the stream ended before.</returns>
    public async ValueTask<bool> SkipAsync(long count)
    {
        while (count > 0)
        {
            if (_end == _start && !await FillAsync(1).ConfigureAwait(false))
            {
                return false;
            }

            int part = (int)Math.Min(count, _end - _start);
            Consume(part);
            count -= part;
        }

        return true;
    }
}
