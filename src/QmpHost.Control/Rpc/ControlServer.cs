using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using QmpHost.Control.Hosts;
using QmpHost.Hosting;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Control.Rpc;

/// <summary>Serves the control interface on a unix socket or on TCP on the loopback interface.</summary>
/// <remarks>Whoever can connect can do everything that the interface offers: the socket's permissions are its only guard.</remarks>
public sealed class ControlServer : IAsyncDisposable
{
    private readonly ControlInterface _interface;
    private readonly HostPool _hosts;
    private readonly Socket _socket;
    private readonly string? _path;
    private readonly Task _accepting;

    private ControlServer(HostPool hosts, string address)
    {
        _hosts = hosts;
        _interface = new ControlInterface(hosts);
        (_socket, _path) = Listen(address);
        Address = _path ?? "tcp:" + _socket.LocalEndPoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens: a path, or "tcp:ADDRESS:PORT".</summary>
    public string Address { get; }

    /// <summary>The OpenRPC document that describes the interface.</summary>
    public static string Documentation => OpenRpc.Document(ControlInterface.All()).ToJsonString(Pretty);

    private static System.Text.Json.JsonSerializerOptions Pretty { get; } = new(PlainJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Serves hosts that clients start and stop.</summary>
    /// <param name="address">"PATH", "unix:PATH" or "tcp:ADDRESS:PORT" with an address of the loopback interface; port 0 takes any.</param>
    /// <returns>The server; disposing it ends the hosts.</returns>
    /// <exception cref="IOException">It cannot listen there.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static ControlServer Serve(string address) => new(new HostPool(), address);

    /// <summary>Serves a host that somebody else has started, under the name "host", besides those that clients start.</summary>
    /// <param name="host">The host.</param>
    /// <param name="address">As for <see cref="Serve(string)"/>.</param>
    /// <returns>The server; disposing it does not end that host.</returns>
    /// <exception cref="IOException">It cannot listen there.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static ControlServer Serve(BlockHost host, string address)
    {
        var hosts = new HostPool();
        hosts.Adopt("host", host);
        return new ControlServer(hosts, address);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting;
        if (_path is not null)
        {
            File.Delete(_path);
        }

        await _hosts.DisposeAsync();
    }

    /// <summary>Serves a client on a connection that is there already.</summary>
    /// <param name="pipe">The connection.</param>
    /// <returns>A task that ends when the client is gone.</returns>
    public Task ServeAsync(IDuplexPipe pipe) => ServeAsync(pipe, static () => false);

    private static (Socket Socket, string? Path) Listen(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        if (!address.StartsWith("tcp:", StringComparison.Ordinal))
        {
            string path = address.StartsWith("unix:", StringComparison.Ordinal) ? address[5..] : address;
            return (LocalSocket.Listen(path), path);
        }

        string place = address[4..].Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        return IPEndPoint.TryParse(place, out IPEndPoint? endPoint)
            ? (LocalSocket.Listen(endPoint), null)
            : throw new FormatException($"'{address}' is no address: write a path, unix:PATH or tcp:127.0.0.1:PORT.");
    }

    private async Task AcceptAsync()
    {
        while (await LocalSocket.AcceptAsync(_socket) is { } client)
        {
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await using var connection = new SocketConnection(client);
        await ServeAsync(connection, () => connection.IsHungUp);
    }

    private async Task ServeAsync(IDuplexPipe pipe, Func<bool> isHungUp)
    {
        using var connection = new ControlConnection(pipe, isHungUp, _interface);
        await _interface.ServeAsync(connection);
    }
}
