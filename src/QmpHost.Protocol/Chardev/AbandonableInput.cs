namespace QmpHost.Protocol.Chardev;

/// <summary>
/// Reads from a terminal, pipe or file whose reads cannot be interrupted. Closing ends the read that is under way for whoever
/// waits for it; the real one goes on in the background, into a buffer of its own, until something comes or the process ends.
/// </summary>
/// <param name="inner">The stream to read from.</param>
internal sealed class AbandonableInput(Stream inner) : Stream
{
    private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[4096];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_closed.Task.IsCompleted)
        {
            return 0;
        }

        var reading = Task.Run(() => inner.Read(_buffer, 0, Math.Min(buffer.Length, _buffer.Length)), CancellationToken.None);
        if (await Task.WhenAny(reading, _closed.Task).WaitAsync(cancellationToken).ConfigureAwait(false) != reading)
        {
            // Nobody is told how it ends.
            _ = reading.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            return 0;
        }

        int count = await reading.ConfigureAwait(false);
        _buffer.AsMemory(0, count).CopyTo(buffer);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _closed.TrySetResult(0);
        base.Dispose(disposing);
    }
}
