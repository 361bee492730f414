namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Runs the pieces of one request side by side, a bounded number at a time.</summary>
internal sealed class PieceTasks
{
    private const int MaxRunning = 8;

    private readonly List<Task> _running = new(MaxRunning);
    private Exception? _failure;

    /// <summary>Whether a piece has failed, so that no more need be started.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Takes a piece that has been started; waits while too many run.</summary>
    public async ValueTask AddAsync(ValueTask piece)
    {
        _running.Add(piece.AsTask());
        if (_running.Count == MaxRunning)
        {
            Collect(await Task.WhenAny(_running));
        }
    }

    /// <summary>Waits for all pieces; fails as the first failing one did.</summary>
    public async ValueTask CompleteAsync()
    {
        while (_running.Count != 0)
        {
            Collect(await Task.WhenAny(_running));
        }

        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private void Collect(Task done)
    {
        _running.Remove(done);
        _failure ??= done.Exception?.InnerException;
    }
}
