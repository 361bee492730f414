using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace QmpHost.Inspect;

/// <summary>
/// The control interface over a WebSocket, for programs that have nothing else: one JSON-RPC message in each text message, in both
/// directions. Every WebSocket has a connection of its own to the interface, with its own subscriptions.
/// </summary>
internal sealed class ControlWebSocket(WebSocket webSocket, NetworkStream control)
{
    /// <summary>How long a message may be, in bytes: a client that sends more is refused.</summary>
    public const int MaxMessage = 16 << 20;

    /// <summary>Passes messages on until one side is gone.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when both directions are closed.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task told = TellAsync(cancellationToken);
        await AskAsync(cancellationToken);
        control.Socket.Shutdown(SocketShutdown.Send);
        await told;
    }

    // Line feeds between the members of a message are as good as blanks; within strings JSON has none.
    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var message = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        while (webSocket.State is WebSocketState.Open or WebSocketState.CloseSent)
        {
            ValueWebSocketReceiveResult result = await webSocket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (result.MessageType != WebSocketMessageType.Text || message.Length + result.Count > MaxMessage)
            {
                await RefuseAsync(result.MessageType, cancellationToken);
                return;
            }

            buffer.AsSpan(0, result.Count).Replace((byte)'\n', (byte)' ');
            message.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
            {
                message.WriteByte((byte)'\n');
                await control.WriteAsync(message.GetBuffer().AsMemory(0, (int)message.Length), cancellationToken);
                message.SetLength(0);
            }
        }
    }

    private async Task RefuseAsync(WebSocketMessageType type, CancellationToken cancellationToken)
    {
        WebSocketCloseStatus? status = type switch
        {
            WebSocketMessageType.Close => null,
            WebSocketMessageType.Text => WebSocketCloseStatus.MessageTooBig,
            _ => WebSocketCloseStatus.InvalidMessageType,
        };
        if (status is { } reason && webSocket.State == WebSocketState.Open)
        {
            await webSocket.CloseOutputAsync(reason, null, cancellationToken);
        }
    }

    // When the interface has answered all, or is gone, the client is told that there is nothing to come.
    private async Task TellAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(control, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            await webSocket.SendAsync(Encoding.UTF8.GetBytes(line), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }

        if (webSocket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await webSocket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }
}
