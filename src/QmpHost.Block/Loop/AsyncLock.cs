namespace QmpHost.Block.Loop;

/// <summary>Mutual exclusion between asynchronous sections on one event loop; waiters are served in order.</summary>
/// <remarks>Used on one event loop only: it excludes sections that await, not threads.</remarks>
internal sealed class AsyncLock
{
    private readonly Queue<TaskCompletionSource> _waiters = new();
    private bool _held;

    /// <summary>Whether somebody is inside.</summary>
    public bool IsHeld => _held;

    /// <summary>Enters, at once if nobody is inside.</summary>
    /// <returns>What leaves when it is disposed.</returns>
    public ValueTask<Releaser> EnterAsync()
    {
        if (!_held)
        {
            _held = true;
            return ValueTask.FromResult(new Releaser(this));
        }

        return WaitAsync();
    }

    private async ValueTask<Releaser> WaitAsync()
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Enqueue(turn);
        await turn.Task;
        return new Releaser(this);
    }

    private void Leave()
    {
        if (_waiters.TryDequeue(out TaskCompletionSource? next))
        {
            next.SetResult();
        }
        else
        {
            _held = false;
        }
    }

    /// <summary>Leaves the lock when disposed, once.</summary>
    public readonly struct Releaser(AsyncLock owner) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => owner.Leave();
    }
}
