using System.Net.Sockets;
using QmpHost.Net.Tls;

namespace QmpHost.Protocol.Chardev;

/// <summary>What is spoken over the socket of a character device: TLS, in that WebSocket, in that telnet, or none of them.</summary>
internal sealed record SocketProtocols
{
    /// <summary>TLS, or null.</summary>
    public SocketTls? Tls { get; init; }

    /// <summary>Whether peers come as WebSocket clients.</summary>
    public bool IsWebSocket { get; init; }

    /// <summary>Whether the telnet protocol is spoken.</summary>
    public bool IsTelnet { get; init; }

    /// <summary>Whether peers are terminals of type 3270, whose records end with a command of telnet.</summary>
    public bool IsTn3270 { get; init; }

    /// <summary>The clock that answers to WebSocket clients show.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>What the addresses of internet sockets begin with.</summary>
    public string Scheme => IsTelnet ? "telnet" : IsWebSocket ? "websocket" : "tcp";

    /// <summary>Takes a connected socket over, and shakes hands where the protocols want it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isServer">Whether the peer has come to the device.</param>
    /// <param name="cancellationToken">Cancelled when the device is closed.</param>
    /// <returns>The connection, or null if the peer and the device have not come together.</returns>
    public async ValueTask<CharacterConnection?> ConnectAsync(Socket socket, bool isServer, CancellationToken cancellationToken)
    {
        if (Tls is null && !IsWebSocket)
        {
            return AddTelnet(new SocketConnection(socket), isServer);
        }

        await using CancellationTokenRegistration ending = cancellationToken.Register(socket.Dispose);
        try
        {
            Stream stream = Tls is null ? SocketConnection.Open(socket) : await Tls.WrapAsync(socket).ConfigureAwait(false);
            stream = IsWebSocket ? await WebSocketGreeting.AcceptAsync(stream, TimeProvider).ConfigureAwait(false) : stream;
            return AddTelnet(new SocketConnection(socket, stream), isServer);
        }
        catch (Exception e) when (e is TlsException or IOException or SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private CharacterConnection AddTelnet(SocketConnection connection, bool isServer)
        => IsTelnet || IsTn3270 ? new TelnetConnection(connection, greets: isServer, IsTn3270) : connection;
}
