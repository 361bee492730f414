using System.Net.WebSockets;
using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>The bytes within the binary frames of a WebSocket. A text frame ends the conversation, as in QEMU.</summary>
/// <param name="inner">The connection.</param>
/// <param name="socket">The frames over it.</param>
internal sealed class WebSocketFrames(Stream inner, WebSocket socket) : ConnectionStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return await EndAsync(WebSocketCloseStatus.NormalClosure, "peer requested close").ConfigureAwait(false);
                }

                if (part.MessageType == WebSocketMessageType.Text)
                {
                    return await EndAsync(WebSocketCloseStatus.InvalidMessageType, "only binary, close, ping, and pong frames are supported")
                        .ConfigureAwait(false);
                }

                if (part.Count > 0)
                {
                    return part.Count;
                }
            }

            return 0;
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        socket.Dispose();
        inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> EndAsync(WebSocketCloseStatus status, string reason)
    {
        await socket.CloseOutputAsync(status, reason, CancellationToken.None).ConfigureAwait(false);
        return 0;
    }
}
