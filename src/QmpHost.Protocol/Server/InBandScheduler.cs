namespace QmpHost.Protocol.Server;

/// <summary>Executes the commands of all sessions of a host, one at a time, the sessions by turns. Used on the event loop only.</summary>
internal sealed class InBandScheduler
{
    private readonly Queue<QmpSession> _ready = new();
    private bool _isRunning;

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
        bool hasWaited = false;
        while (_ready.TryDequeue(out QmpSession? session))
        {
            session.IsScheduled = false;
            if (session.TakeNext(hasWaited) is not { } request)
            {
                continue;
            }

            ValueTask execution = session.ExecuteAsync(request);
            hasWaited = !execution.IsCompleted;
            await execution;
            if (session.HasNext)
            {
                Enqueue(session);
            }
        }

        _isRunning = false;
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
