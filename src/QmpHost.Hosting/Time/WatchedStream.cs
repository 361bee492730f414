using QmpHost.Net.Transports;

namespace QmpHost.Hosting.Time;

/// <summary>One end of a connection within the process, which tells what its user has not dealt with yet.</summary>
/// <param name="inner">The end.</param>
/// <param name="sent">What its user sends.</param>
/// <param name="received">What its user receives.</param>
internal sealed class WatchedStream(Stream inner, Transit sent, Transit received) : ConnectionStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        received.BeginRead();
        int count = 0;
        try
        {
            count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return count;
        }
        finally
        {
            received.EndRead(count, isLast: count == 0 && !buffer.IsEmpty);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        sent.Add(buffer.Length);
        try
        {
            return inner.WriteAsync(buffer, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            // A pipe whose writer was completed says so in words of its own, unlike other streams that were disposed.
            throw new ObjectDisposedException("The connection was closed.", e);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override async ValueTask DisposeAsync()
    {
        Abandon();
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Abandon();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Abandon()
    {
        received.Abandon();
        sent.Abandon();
    }
}
