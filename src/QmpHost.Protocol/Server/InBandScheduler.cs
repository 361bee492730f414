namespace QmpHost.Protocol.Server;

/// <summary>Executes the commands of all sessions of a host, one at a time, the sessions by turns. Used on the event loop only.</summary>
internal sealed class InBandScheduler
{
    private readonly Queue<QmpSession> _ready = new();
    private readonly Func<Func<ValueTask>, ValueTask>? _mainTurn;
    private readonly Func<ValueTask> _executeNext;
    private QmpSession? _session;
    private bool _hasWaited;
    private bool _hasExecuted;
    private bool _isRunning;

    /// <summary>Makes a scheduler.</summary>
    /// <param name="mainTurn">Has a command wait until nothing else changes the host, or null.</param>
    public InBandScheduler(Func<Func<ValueTask>, ValueTask>? mainTurn)
    {
        _mainTurn = mainTurn;
        _executeNext = ExecuteNextAsync;
    }

    /// <summary>Ends when the command ends that is executed now, and all that follow it.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Notes that a session may have a command to execute.</summary>
    /// <param name="session">The session.</param>
    public void Ready(QmpSession session)
    {
        Enqueue(session);
        if (!_isRunning)
        {
            Running = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        _isRunning = true;
        _hasWaited = false;
        while (_ready.TryDequeue(out QmpSession? session))
        {
            session.IsScheduled = false;
            if (!session.HasNext)
            {
                continue;
            }

            _session = session;
            ValueTask execution = _mainTurn is null ? ExecuteNextAsync() : _mainTurn(_executeNext);
            _hasWaited = !execution.IsCompleted;
            await execution;
            if (_hasExecuted && session.HasNext)
            {
                Enqueue(session);
            }
        }

        _isRunning = false;
    }

    private ValueTask ExecuteNextAsync()
    {
        QmpSession session = _session!;
        QmpRequestMessage? request = session.TakeNext(_hasWaited);
        _hasExecuted = request is not null;
        return request is null ? ValueTask.CompletedTask : session.ExecuteAsync(request);
    }

    private void Enqueue(QmpSession session)
    {
        if (!session.IsScheduled)
        {
            session.IsScheduled = true;
            _ready.Enqueue(session);
        }
    }
}
