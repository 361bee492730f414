using QmpHost.Protocol.Chardev;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>The monitors of a host: executes their clients' commands and sends them the host's events.</summary>
public sealed class MonitorServer : IQapiEventSink, IAsyncDisposable
{
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(1);

    private readonly QmpServerOptions _options;
    private readonly EventThrottle _throttle;
    private readonly List<QmpSession> _sessions = [];
    private int _lastNumber;
    private bool _isDisposed;

    /// <summary>Makes a server without monitors.</summary>
    /// <param name="options">What its monitors share.</param>
    public MonitorServer(QmpServerOptions options)
    {
        _options = options;
        _throttle = new EventThrottle(options, Broadcast);
        Scheduler = new InBandScheduler(options.MainTurn);
    }

    /// <summary>Raised, on the event loop, when no client is left.</summary>
    public event Action? LastClientLeft;

    /// <summary>Who sees the conversations of all clients, for tests; null for nobody. Used on the event loop only.</summary>
    public QmpInterceptor? Interceptor { get; set; }

    /// <summary>The clients that are connected. Used on the event loop only.</summary>
    public IReadOnlyList<IQmpPeer> Peers => _sessions;

    /// <summary>Executes commands in band.</summary>
    internal InBandScheduler Scheduler { get; }

    /// <summary>The clients. Used on the event loop only.</summary>
    internal IReadOnlyList<QmpSession> Sessions => _sessions;

    /// <summary>Whether nothing waits to be sent to any client. Used on the event loop only.</summary>
    public bool IsAllSent => _sessions.TrueForAll(static session => session.IsAllSent);

    /// <summary>Whether a client has sent so many requests that no more of them are read. Used on the event loop only.</summary>
    public bool HasFullSession => _sessions.Exists(static session => !session.Intake.HasRoom);

    /// <summary>Waits until all that was said up to now is sent. Called on the event loop.</summary>
    /// <returns>A task that completes then; never, as long as a client does not read.</returns>
    public Task WhenAllSentAsync() => Task.WhenAll(_sessions.Select(static session => session.WhenAllSentAsync()));

    /// <summary>Serves one client until it is gone. May be called on any thread.</summary>
    /// <param name="connection">The client; the caller disposes it afterwards.</param>
    /// <param name="pretty">Whether messages are spread over several lines.</param>
    /// <param name="monitor">The object that stands for the monitor, or null.</param>
    /// <returns>A task that completes when the client is gone and its requests are dropped; a command that is being executed goes on.</returns>
    public Task ServeAsync(CharacterConnection connection, bool pretty = false, object? monitor = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _options.EventLoop.Post(
            async _ =>
            {
                try
                {
                    await ServeOnLoopAsync(connection, pretty, monitor);
                    done.SetResult();
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            null);
        return done.Task;
    }

    /// <summary>Sends an event to every client that has negotiated. Called on the event loop.</summary>
    /// <param name="qapiEvent">The event.</param>
    public void Emit(QapiEvent qapiEvent)
    {
        ArgumentNullException.ThrowIfNull(qapiEvent);
        if (_options.Profile.Shows(qapiEvent.Since, null))
        {
            _throttle.Send(QmpStampedEvent.Now(qapiEvent, _options.TimeProvider));
        }
    }

    /// <summary>
    /// Lets the command that is executed end and sends what is still to be sent, each for at most a second, and ends all sessions; who
    /// comes afterwards is not served. Called on the event loop.
    /// </summary>
    /// <returns>A task that completes when all sessions have ended.</returns>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _throttle.Stop();
        QmpSession[] sessions = [.. _sessions];
        try
        {
            await Scheduler.Running.WaitAsync(FarewellLimit);
            await Task.WhenAll(sessions.Select(s => s.WhenAllSentAsync())).WaitAsync(FarewellLimit);
        }
        catch (TimeoutException)
        {
            // A command hangs, or somebody does not read. The others have got everything.
        }

        foreach (QmpSession session in sessions)
        {
            session.Dispose();
        }
    }

    private async Task ServeOnLoopAsync(CharacterConnection connection, bool pretty, object? monitor)
    {
        if (_isDisposed)
        {
            return;
        }

        using var session = new QmpSession(this, _options, connection, pretty) { Number = ++_lastNumber, Monitor = monitor };
        _sessions.Add(session);
        Interceptor?.OnConnected(session);
        try
        {
            await session.RunAsync();
        }
        finally
        {
            _sessions.Remove(session);
            Interceptor?.OnDisconnected(session);
            if (_sessions.Count == 0)
            {
                LastClientLeft?.Invoke();
            }
        }
    }

    /// <summary>Ends all sessions at once: what is not sent is lost, and what is executed goes on unanswered. Called on the event loop.</summary>
    public void DropAll()
    {
        foreach (QmpSession session in _sessions.ToArray())
        {
            session.Dispose();
        }
    }

    private void Broadcast(QmpStampedEvent stamped)
    {
        for (int i = 0; i < _sessions.Count; i++)
        {
            if (_sessions[i].IsNegotiated)
            {
                _sessions[i].Send(stamped);
            }
        }
    }
}
