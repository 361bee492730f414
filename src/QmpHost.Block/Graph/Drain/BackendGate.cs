namespace QmpHost.Block.Graph.Drain;

/// <summary>Counts the requests of a backend, and holds new ones back while its root is drained.</summary>
internal sealed class BackendGate(BlockGraph graph)
{
    private readonly List<TaskCompletionSource> _queued = [];
    private int _inFlight;
    private int _closed;

    /// <summary>Whether requests have passed that have not ended.</summary>
    public bool IsBusy => _inFlight > 0;

    /// <summary>Whether requests pass at once.</summary>
    public bool IsOpen => _closed == 0;

    /// <summary>Lets no more requests pass.</summary>
    public void Close() => _closed++;

    /// <summary>Takes back one <see cref="Close"/>; after the last one requests pass again, in their order.</summary>
    public void Open()
    {
        if (--_closed > 0)
        {
            return;
        }

        TaskCompletionSource[] queued = [.. _queued];
        _queued.Clear();
        foreach (TaskCompletionSource completion in queued)
        {
            completion.SetResult();
        }
    }

    /// <summary>Passes; only while the gate is open.</summary>
    public void Enter() => _inFlight++;

    /// <summary>Waits until the gate is open.</summary>
    public async ValueTask WaitAsync()
    {
        while (_closed > 0)
        {
            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _queued.Add(completion);
            await completion.Task;
        }
    }

    /// <summary>A request has ended.</summary>
    public void Leave()
    {
        if (--_inFlight == 0)
        {
            graph.NotifyIdle();
        }
    }
}
