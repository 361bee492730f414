using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using QmpHost.Qapi;
using StreamJsonRpc;

namespace QmpHost.Protocol.Client;

/// <summary>A QMP client: commands, and the events that come between their replies.</summary>
/// <remarks>
/// All members may be called from any thread. Commands may overlap; the server executes those that are not out of band in the order in which they were sent.
/// Events that came before a reply are in the queue when <see cref="ExecuteAsync"/> completes.
/// </remarks>
public sealed class QmpClient : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly QmpClientMessageHandler _handler;
    private readonly QmpClientRpc _rpc;
    private readonly QmpEventQueue _events;

    private QmpClient(Stream stream, QmpClientOptions options)
    {
        _stream = stream;
        _events = new QmpEventQueue(options.TimeProvider);
        _handler = new QmpClientMessageHandler(PipeReader.Create(stream), PipeWriter.Create(stream), options.Transcript);
        _rpc = new QmpClientRpc(_handler, _events.Add);
        _rpc.Disconnected += (_, e) => _events.Close(new QmpConnectionException(e));
        Greeting = QmpGreeting.Unknown;
    }

    /// <summary>What the server said when the connection was made.</summary>
    public QmpGreeting Greeting { get; private set; }

    /// <summary>Completes when the connection has ended, by either side.</summary>
    public Task Completion => _rpc.Completion;

    /// <summary>Connects to a listening unix socket and waits for the greeting.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, not negotiated yet.</returns>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static Task<QmpClient> ConnectUnixAsync(string path, QmpClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new UnixDomainSocketEndPoint(path), options, cancellationToken);

    /// <summary>Connects to a listening TCP socket and waits for the greeting.</summary>
    /// <param name="host">Name or address of the host.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, not negotiated yet.</returns>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static Task<QmpClient> ConnectTcpAsync(string host, int port, QmpClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new DnsEndPoint(host, port), options, cancellationToken);

    /// <summary>Takes a connected stream over, and waits for the greeting.</summary>
    /// <param name="stream">The stream, which the client closes when it is disposed.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up, and closes the stream.</param>
    /// <returns>The client, not negotiated yet.</returns>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static async Task<QmpClient> AttachAsync(Stream stream, QmpClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var client = new QmpClient(stream, options ?? new QmpClientOptions());
        try
        {
            client._rpc.StartListening();
            client.Greeting = await client._handler.Greeting.WaitAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leaves negotiation mode: sends <c>qmp_capabilities</c>.</summary>
    /// <param name="oob">Whether to enable commands out of band.</param>
    /// <param name="cancellationToken">Stops waiting for the reply.</param>
    /// <returns>A task that completes with the reply.</returns>
    /// <exception cref="QmpException">The server refused.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the reply.</exception>
    public Task NegotiateAsync(bool oob = false, CancellationToken cancellationToken = default)
    {
        QDict? arguments = null;
        if (oob)
        {
            var enable = new QList();
            enable.Add(new QString("oob"));
            arguments = new QDict();
            arguments.Add("enable", enable);
        }

        return ExecuteAsync("qmp_capabilities", arguments, cancellationToken: cancellationToken);
    }

    /// <summary>Executes a command.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">Its arguments, or null to send none.</param>
    /// <param name="oob">Whether to execute it out of band.</param>
    /// <param name="cancellationToken">Stops waiting for the reply; the command is executed nevertheless.</param>
    /// <returns>What the server returned.</returns>
    /// <exception cref="QmpException">The server answered with an error.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the reply.</exception>
    public async Task<QObject> ExecuteAsync(string command, QDict? arguments = null, bool oob = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        try
        {
            return await _rpc.ExecuteAsync(command, arguments, oob).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (QmpRemoteException e)
        {
            throw new QmpException(e.ErrorClass, e.Message);
        }
        catch (Exception e) when (e is ConnectionLostException or ObjectDisposedException or IOException)
        {
            throw new QmpConnectionException(e);
        }
    }

    /// <summary>Takes the oldest event from the queue.</summary>
    /// <returns>The event, or null if there is none.</returns>
    public QmpEvent? PullEvent() => _events.TryTake(static _ => true);

    /// <summary>Takes the oldest event that meets a condition, without waiting.</summary>
    /// <param name="match">The condition.</param>
    /// <returns>The event, or null if there is none.</returns>
    public QmpEvent? PullEvent(Func<QmpEvent, bool> match) => _events.TryTake(match);

    /// <summary>Takes the oldest event of a name, waiting for one if need be. Other events stay in the queue.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="match">Members that the event must have, at any depth, for example <c>{"data": {"id": "job0"}}</c>; null for any event of that name.</param>
    /// <param name="timeout">How long to wait, by the client's clock; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The event.</returns>
    /// <exception cref="TimeoutException">No such event came in time.</exception>
    /// <exception cref="QmpConnectionException">The connection ended, and no such event is in the queue.</exception>
    public Task<QmpEvent> WaitForEventAsync(string name, QDict? match = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _events.TakeAsync(e => e.Name == name && (match is null || QmpEventQueue.Contains(e.Raw, match)), name, timeout, cancellationToken);

    /// <summary>Takes the oldest event that meets a condition, waiting for one if need be. Other events stay in the queue.</summary>
    /// <param name="match">The condition.</param>
    /// <param name="timeout">How long to wait, by the client's clock; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The event.</returns>
    /// <exception cref="TimeoutException">No such event came in time.</exception>
    /// <exception cref="QmpConnectionException">The connection ended, and no such event is in the queue.</exception>
    public Task<QmpEvent> WaitForEventAsync(Func<QmpEvent, bool> match, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _events.TakeAsync(match, "matching event", timeout, cancellationToken);

    /// <summary>Closes the connection. Commands without reply fail.</summary>
    /// <returns>A task that completes when the connection is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<QmpClient> ConnectAsync(EndPoint endPoint, QmpClientOptions? options, CancellationToken cancellationToken)
    {
        var socket = endPoint is DnsEndPoint
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return await AttachAsync(new NetworkStream(socket, ownsSocket: true), options, cancellationToken).ConfigureAwait(false);
    }
}
