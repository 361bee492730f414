using QmpHost.Block.Core;

namespace QmpHost.Block.Graph.Drain;

/// <summary>Counts the requests of a backend, and holds new ones back while its root is drained.</summary>
internal sealed class BackendGate(BlockGraph graph)
{
    private readonly List<TaskCompletionSource> _queued = [];
    private int _inFlight;
    private int _closed;
    private bool _dropsHeld;

    /// <summary>Whether requests have passed that have not ended.</summary>
    public bool IsBusy => _inFlight > 0;

    /// <summary>Whether requests pass at once.</summary>
    public bool IsOpen => _closed == 0;

    private bool AwaitsCommand => graph.AwaitsCommand?.Invoke() == true;

    /// <summary>Lets no more requests pass.</summary>
    public void Close() => _closed++;

    /// <summary>Takes back one <see cref="Close"/>; after the last one requests pass again, in their order.</summary>
    public void Open()
    {
        if (--_closed > 0)
        {
            return;
        }

        graph.NotifyIdle();
        Release();
    }

    /// <summary>Lets requests that wait fail, and all that would have to wait: nobody is left who would hear their end.</summary>
    public void DropHeld()
    {
        _dropsHeld = true;
        Release();
    }

    private void Release()
    {
        TaskCompletionSource[] queued = [.. _queued];
        _queued.Clear();
        foreach (TaskCompletionSource completion in queued)
        {
            completion.SetResult();
        }
    }

    /// <summary>Passes; only while the gate is open.</summary>
    public void Enter() => _inFlight++;

    /// <summary>
    /// Waits until the gate is open. In a main turn what is due goes on meanwhile; but where only a command of a client can open
    /// the gate, and commands wait for this turn, the request fails. QEMU hangs there.
    /// </summary>
    /// <exception cref="BlockIOException"><see cref="Errno.EBUSY"/>: a job holds the node until a client finalizes it.</exception>
    /// <exception cref="RequestDroppedException">The requests that wait are dropped.</exception>
    public async ValueTask WaitAsync()
    {
        if (graph.Context.Turns.IsCurrent)
        {
            await graph.Context.Turns.PollWhileAsync(static gate => gate._closed > 0 && !gate.AwaitsCommand, this);
            if (_closed > 0)
            {
                throw new BlockIOException(Errno.EBUSY);
            }

            return;
        }

        while (_closed > 0)
        {
            if (_dropsHeld)
            {
                throw new RequestDroppedException();
            }

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
