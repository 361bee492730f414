using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using QmpHost.Qapi;
using StreamJsonRpc;

namespace QmpHost.Client;

/// <summary>A QMP client: commands, and the events that come between their replies. The generated part has the commands by domain.</summary>
/// <remarks>
/// All members may be called from any thread. Commands may overlap; the server executes those that are not out of band in the order in which they were sent.
/// Events that came before a reply are in the queue when the command's task completes.
/// </remarks>
public sealed partial class QmpClient : IAsyncDisposable
{
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly bool _carriesDescriptors;
    private readonly QmpClientMessageHandler _handler;
    private readonly QmpClientRpc _rpc;
    private readonly QmpEventQueue _events;

    private QmpClient(Stream input, Stream output, QmpClientOptions options)
    {
        _input = input;
        _output = output;
        Socket? socket = (output as NetworkStream)?.Socket;
        _carriesDescriptors = socket is { AddressFamily: AddressFamily.Unix };
        _events = new QmpEventQueue(options.TimeProvider);

        // A client within the server's process holds no buffer while it waits; on a socket that would cost a system call more.
        PipeReader reader = PipeReader.Create(input, new StreamPipeReaderOptions(useZeroByteReads: socket is null));
        _handler = new QmpClientMessageHandler(reader, PipeWriter.Create(output), options.Transcript, socket);
        _rpc = new QmpClientRpc(_handler, _events.Add);
        _rpc.Disconnected += (_, e) => _events.Close(new QmpConnectionException(e));
        Greeting = QmpGreeting.Unknown;
        InBand = new QmpCaller(this, outOfBand: false, []);
        OutOfBand = new QmpCaller(this, outOfBand: true, []);
    }

    /// <summary>What the server said when the connection was made.</summary>
    public QmpGreeting Greeting { get; private set; }

    /// <summary>Whether the client has left negotiation mode.</summary>
    public bool IsNegotiated { get; private set; }

    /// <summary>Sends commands in the order of their calls, as the client itself does.</summary>
    public QmpCaller InBand { get; }

    /// <summary>Sends commands that overtake those in band. That must have been negotiated, and only some commands may.</summary>
    public QmpCaller OutOfBand { get; }

    internal VersionProfile Profile => Greeting.Profile;

    /// <summary>Completes when the connection has ended, by either side.</summary>
    public Task Completion => _rpc.Completion;

    /// <summary>Connects to a listening unix socket and waits for the greeting.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, ready for commands unless <see cref="QmpClientOptions.Negotiate"/> is false.</returns>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static Task<QmpClient> ConnectUnixAsync(string path, QmpClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new UnixDomainSocketEndPoint(path), options, cancellationToken);

    /// <summary>Connects to a listening TCP socket and waits for the greeting.</summary>
    /// <param name="host">Name or address of the host.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, ready for commands unless <see cref="QmpClientOptions.Negotiate"/> is false.</returns>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static Task<QmpClient> ConnectTcpAsync(string host, int port, QmpClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new DnsEndPoint(host, port), options, cancellationToken);

    /// <summary>Takes a connected stream over, and waits for the greeting.</summary>
    /// <param name="stream">The stream, which the client closes when it is disposed.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up, and closes the stream.</param>
    /// <returns>The client, ready for commands unless <see cref="QmpClientOptions.Negotiate"/> is false.</returns>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static Task<QmpClient> AttachAsync(Stream stream, QmpClientOptions? options = null, CancellationToken cancellationToken = default)
        => AttachAsync(stream, stream, options, cancellationToken);

    /// <summary>Takes a pair of streams over, and waits for the greeting.</summary>
    /// <param name="input">What the server sends; closed with the client.</param>
    /// <param name="output">What goes to the server; closed with the client.</param>
    /// <param name="options">Settings, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up, and closes the streams.</param>
    /// <returns>The client, ready for commands unless <see cref="QmpClientOptions.Negotiate"/> is false.</returns>
    /// <exception cref="QmpConnectionException">The connection ended before the greeting.</exception>
    public static async Task<QmpClient> AttachAsync(Stream input, Stream output, QmpClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new QmpClientOptions();
        var client = new QmpClient(input, output, options);
        try
        {
            client._rpc.StartListening();
            client.Greeting = await client._handler.Greeting.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (options.Negotiate)
            {
                await client.NegotiateAsync(options.OutOfBand && client.Greeting.Capabilities.Contains("oob"), cancellationToken).ConfigureAwait(false);
            }

            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leaves negotiation mode: sends <c>qmp_capabilities</c>, unless the client did so when it was connected.</summary>
    /// <param name="oob">Whether to enable commands out of band.</param>
    /// <param name="cancellationToken">Stops waiting for the reply.</param>
    /// <returns>A task that completes with the reply.</returns>
    /// <exception cref="QmpException">The server refused.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the reply.</exception>
    public async Task NegotiateAsync(bool oob = false, CancellationToken cancellationToken = default)
    {
        if (IsNegotiated && !oob)
        {
            return;
        }

        QDict? arguments = null;
        if (oob)
        {
            var enable = new QList();
            enable.Add(new QString("oob"));
            arguments = new QDict();
            arguments.Add("enable", enable);
        }

        await ExecuteAsync("qmp_capabilities", arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        IsNegotiated = true;
    }

    /// <summary>Executes a command.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">Its arguments, or null to send none.</param>
    /// <param name="oob">Whether to execute it out of band.</param>
    /// <param name="cancellationToken">Stops waiting for the reply; the command is executed nevertheless, unless it was cancelled before.</param>
    /// <returns>What the server returned.</returns>
    /// <exception cref="QmpException">The server answered with an error.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the reply.</exception>
    public Task<QObject> ExecuteAsync(string command, QDict? arguments = null, bool oob = false, CancellationToken cancellationToken = default)
        => SendAsync(command, arguments, oob, [], cancellationToken);

    /// <summary>Executes a command whose arguments and result are JSON: the door for what the schema does not know.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Stops waiting for the reply; the command is executed nevertheless, unless it was cancelled before.</param>
    /// <returns>What the server returned; an empty object for a command without result.</returns>
    /// <exception cref="QmpException">The server answered with an error.</exception>
    /// <exception cref="QmpConnectionException">The connection ended before the reply.</exception>
    public async Task<JsonElement> ExecuteAsync(string command, JsonObject arguments, CancellationToken cancellationToken = default)
        => QmpJson.ToElement(await SendAsync(command, QmpJson.ToDict(arguments), oob: false, [], cancellationToken).ConfigureAwait(false));

    /// <summary>Sends commands together with descriptors, as <c>getfd</c> and <c>add-fd</c> take them: the next command takes all.</summary>
    /// <param name="descriptors">Files or sockets; the caller keeps them, and may close them when the command has been answered.</param>
    /// <returns>Who sends the command.</returns>
    /// <exception cref="NotSupportedException">The connection is no unix socket.</exception>
    public QmpCaller With(params SafeHandle[] descriptors)
        => _carriesDescriptors ? new QmpCaller(this, outOfBand: false, descriptors) : throw new NotSupportedException("Descriptors travel over unix sockets only.");

    internal async Task<QObject> SendAsync(
        string command, QDict? arguments, bool oob, IReadOnlyList<SafeHandle> descriptors, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await _rpc.ExecuteAsync(command, arguments, oob, descriptors).WaitAsync(cancellationToken).ConfigureAwait(false);
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
        _events.TakeAsync(match, "that meets the condition", timeout, cancellationToken);

    /// <summary>Takes the oldest event of a type that meets a condition, waiting for one if need be. Other events stay in the queue.</summary>
    /// <typeparam name="T">The event's type, such as <c>BlockJobCompletedEvent</c>.</typeparam>
    /// <param name="match">The condition, or null for any event of the type.</param>
    /// <param name="timeout">How long to wait, by the client's clock; null for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The event.</returns>
    /// <exception cref="TimeoutException">No such event came in time; the message names those that did.</exception>
    /// <exception cref="QmpConnectionException">The connection ended, and no such event is in the queue.</exception>
    public async Task<T> WaitForAsync<T>(Func<T, bool>? match = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where T : QapiEvent
    {
        QmpEvent found = await _events.TakeAsync(
            e => e.Typed is T typed && match?.Invoke(typed) != false, typeof(T).Name, timeout, cancellationToken).ConfigureAwait(false);
        return (T)found.Typed!;
    }

    /// <summary>Takes all events in their order, as they come, until the connection ends.</summary>
    /// <param name="cancellationToken">Ends the sequence with an exception.</param>
    /// <returns>The events.</returns>
    public IAsyncEnumerable<QmpEvent> ReadEventsAsync(CancellationToken cancellationToken = default) => ReadAsync(static _ => true, cancellationToken);

    /// <summary>Takes all events of a type in their order, as they come, until the connection ends. Other events stay in the queue.</summary>
    /// <typeparam name="T">The type; <see cref="QapiEvent"/> for all that the schema knows.</typeparam>
    /// <param name="cancellationToken">Ends the sequence with an exception.</param>
    /// <returns>The events.</returns>
    public async IAsyncEnumerable<T> ReadEventsAsync<T>([EnumeratorCancellation] CancellationToken cancellationToken = default)
        where T : QapiEvent
    {
        await foreach (QmpEvent next in ReadAsync(static e => e.Typed is T, cancellationToken).ConfigureAwait(false))
        {
            yield return (T)next.Typed!;
        }
    }

    private async IAsyncEnumerable<QmpEvent> ReadAsync(Func<QmpEvent, bool> match, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            QmpEvent next;
            try
            {
                next = await _events.TakeAsync(match, "any", null, cancellationToken).ConfigureAwait(false);
            }
            catch (QmpConnectionException)
            {
                yield break;
            }

            yield return next;
        }
    }

    /// <summary>Closes the connection. Commands without reply fail.</summary>
    /// <returns>A task that completes when the connection is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        await _output.DisposeAsync().ConfigureAwait(false);
        await _input.DisposeAsync().ConfigureAwait(false);
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
