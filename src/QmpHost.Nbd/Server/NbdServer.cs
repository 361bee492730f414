using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Protocol;
using QmpHost.Net;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>Accepts clients on listening sockets and serves them the exports of a directory.</summary>
/// <remarks>Used on the host's loop only.</remarks>
public sealed partial class NbdServer
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly TimeProvider _clock;
    private readonly INbdExportDirectory _directory;
    private readonly List<SocketListener> _listeners = [];
    private readonly List<NbdServerConnection> _connections = [];
    private TaskCompletionSource _changed = new();
    private bool _stopped;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="clock">The clock of time limits.</param>
    /// <param name="directory">The exports.</param>
    public NbdServer(EventLoop loop, TimeProvider clock, INbdExportDirectory directory)
    {
        _loop = loop;
        _clock = clock;
        _directory = directory;
    }

    /// <summary>The most connections at a time; further clients wait unanswered. 0 means no limit.</summary>
    public int MaxConnections { get; init; } = NbdConstants.DefaultMaxConnections;

    /// <summary>For how long a client may negotiate before it is disconnected.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(NbdConstants.HandshakeSeconds);

    /// <summary>Whether clients may use extended headers, as QEMU's can since 8.2.</summary>
    public bool KnowsExtendedHeaders { get; init; }

    /// <summary>Told of what went wrong with clients, for the host's user.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>Where clients that come and go are told of; nowhere unless set.</summary>
    internal ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>How to start TLS, which every client must then do; or null.</summary>
    internal INbdTlsUpgrade? Tls { get; init; }

    /// <summary>The number of connected clients.</summary>
    public int ConnectionCount => _connections.Count;

    private bool IsFull => MaxConnections != 0 && _connections.Count >= MaxConnections;

    /// <summary>Starts to accept clients.</summary>
    /// <param name="listener">Listening sockets, which the server owns from now on.</param>
    public void Listen(SocketListener listener)
    {
        _listeners.Add(listener);
        foreach (Socket socket in listener.Sockets)
        {
            _ = AcceptAllAsync(socket);
        }
    }

    /// <summary>Stops accepting clients; those that are there stay.</summary>
    public void StopListening()
    {
        _stopped = true;
        _listeners.ForEach(static listener => listener.Close());
        _listeners.Clear();
    }

    /// <summary>Stops accepting, ends all connections, and waits until their requests are finished.</summary>
    /// <returns>A task that ends when no client is left.</returns>
    public Task StopAsync()
    {
        StopListening();
        return EndAsync(static _ => true);
    }

    /// <summary>Whether any client uses an export.</summary>
    /// <param name="export">The export.</param>
    /// <returns>Whether any does.</returns>
    public bool HasClients(NbdExport export) => _connections.Exists(connection => connection.Export == export);

    /// <summary>When a client of an export was last heard of.</summary>
    /// <param name="export">The export.</param>
    /// <returns>The time, comparable with those of other exports; 0 without clients.</returns>
    public long LastReceived(NbdExport export)
        => _connections.Where(connection => connection.Export == export).Select(static connection => connection.LastReceived).DefaultIfEmpty().Max();

    /// <summary>Ends the connections of an export without waiting for it.</summary>
    /// <param name="export">The export.</param>
    public void AbortClients(NbdExport export) => Abort(connection => connection.Export == export);

    /// <summary>Ends the connections of an export and waits until their requests are finished.</summary>
    /// <param name="export">The export.</param>
    /// <returns>A task that ends when no client is left.</returns>
    public Task EndClientsAsync(NbdExport export) => EndAsync(connection => connection.Export == export);

    private async Task EndAsync(Predicate<NbdServerConnection> which)
    {
        Abort(which);
        while (_connections.Exists(which))
        {
            await _changed.Task;
        }
    }

    private void Abort(Predicate<NbdServerConnection> which) => _connections.FindAll(which).ForEach(static connection => connection.Abort());

    private async Task AcceptAllAsync(Socket listener)
    {
        while (!_stopped)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped)
                {
                    return;
                }

                // Out of file descriptors, or a client that left at once.
                await Task.Delay(AcceptRetryDelay, _clock);
                continue;
            }

            while (IsFull && !_stopped)
            {
                await _changed.Task;
            }

            Serve(client);
        }
    }

    private void Serve(Socket client)
    {
        if (_stopped)
        {
            client.Dispose();
            return;
        }

        _ = ServeAsync(new NbdServerConnection(_loop, _clock, TransportFactory.Open(client), _directory, Tls, KnowsExtendedHeaders)
        {
            HandshakeTime = HandshakeTime,
        });
    }

    private async Task ServeAsync(NbdServerConnection connection)
    {
        _connections.Add(connection);
        LogClients(Log, "connected", _connections.Count);
        foreach (string report in await connection.RunAsync())
        {
            Report?.Invoke(report);
            LogReport(Log, report);
        }

        _connections.Remove(connection);
        LogClients(Log, "disconnected", _connections.Count);
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource();
        changed.SetResult();
    }

    [LoggerMessage(21, LogLevel.Debug, "{Change}, {Count} clients", EventName = "nbd_client")]
    private static partial void LogClients(ILogger log, string change, int count);

    [LoggerMessage(22, LogLevel.Debug, "{Report}", EventName = "nbd_report")]
    private static partial void LogReport(ILogger log, string report);
}
