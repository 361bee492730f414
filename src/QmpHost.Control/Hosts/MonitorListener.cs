using System.Net.Sockets;
using QmpHost.Hosting;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Control.Hosts;

/// <summary>A unix socket on which a host has a monitor for each client that comes.</summary>
internal sealed class MonitorListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly string _path;
    private readonly Task _accepting;

    public MonitorListener(BlockHost host, string path)
    {
        _path = path;
        _socket = LocalSocket.Listen(path);
        _accepting = AcceptAsync(host);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting;
        File.Delete(_path);
    }

    private static async Task ServeAsync(BlockHost host, Socket client)
    {
        await using var connection = new SocketConnection(client);
        await host.Monitors.ServeAsync(connection);
    }

    private async Task AcceptAsync(BlockHost host)
    {
        while (await LocalSocket.AcceptAsync(_socket) is { } client)
        {
            _ = ServeAsync(host, client);
        }
    }
}
