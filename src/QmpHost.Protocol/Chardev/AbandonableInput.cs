using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>
/// Reads from a terminal, pipe or file whose reads cannot be interrupted. Closing ends the read that is under way for whoever
/// waits for it; the real one goes on in the background, into a buffer of its own, until something comes or the process ends.
/// </summary>
/// <param name="inner">The stream to read from.</param>
internal sealed class AbandonableInput(Stream inner) : ConnectionStream
{
    private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[4096];

    public override bool CanWrite => false;

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

    protected override void Dispose(bool disposing)
    {
        _closed.TrySetResult(0);
        base.Dispose(disposing);
    }
}
