using System.Text;
using System.Threading.Channels;

namespace QmpHost.Sessions;

/// <summary>A monitor's connection as messages: what arrives is queued until the session asks for it.</summary>
internal sealed class MonitorStream : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Channel<QmpMessage> _messages = Channel.CreateUnbounded<QmpMessage>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public MonitorStream(string name, Stream stream)
    {
        Name = name;
        _stream = stream;
        _reading = ReadAsync();
    }

    public string Name { get; }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
            await _stream.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // The host has closed the connection: the session sees that as the end of the messages.
        }
    }

    /// <summary>The next message, or null at the end of the connection.</summary>
    public async ValueTask<QmpMessage?> NextAsync(CancellationToken cancellationToken)
    {
        return await _messages.Reader.WaitToReadAsync(cancellationToken) && _messages.Reader.TryRead(out QmpMessage? message)
            ? message
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _reading;
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var splitter = new QmpMessageSplitter();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await _stream.ReadAsync(buffer, _stop.Token)) > 0)
            {
                foreach (byte[] message in splitter.Push(buffer.AsSpan(0, count)))
                {
                    await _messages.Writer.WriteAsync(QmpMessage.Parse(message));
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // A connection that breaks off ends the messages just as one that is closed.
        }

        if (!splitter.Pending.IsEmpty)
        {
            await _messages.Writer.WriteAsync(QmpMessage.Parse(splitter.Pending));
        }

        _messages.Writer.Complete();
    }
}
