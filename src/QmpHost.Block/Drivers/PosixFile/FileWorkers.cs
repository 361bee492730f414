namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// Threads for file requests that may have to wait for a disk. They are not those of the thread pool, on which the
/// loops of all hosts run: a slow disk must not hold up anybody who does not need it.
/// </summary>
/// <remarks>Safe to use from any thread.</remarks>
internal sealed class FileWorkers
{
    private const int MaxThreads = 64;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly Queue<FileOperation> _queue = new();
    private readonly object _lock = new();
    private int _threads;
    private int _idle;

    /// <summary>The threads of this process.</summary>
    public static FileWorkers Shared { get; } = new();

    /// <summary>Has an operation carried out.</summary>
    public void Enqueue(FileOperation operation)
    {
        lock (_lock)
        {
            _queue.Enqueue(operation);
            if (_queue.Count <= _idle)
            {
                Monitor.Pulse(_lock);
                return;
            }

            if (_threads == MaxThreads)
            {
                return;
            }

            _threads++;
        }

        new Thread(Work) { IsBackground = true, Name = "file worker" }.UnsafeStart();
    }

    private void Work()
    {
        while (Take() is { } operation)
        {
            operation.Execute();
        }
    }

    // The next operation, or null when there was none for so long that the thread may end.
    private FileOperation? Take()
    {
        lock (_lock)
        {
            FileOperation? operation;
            bool waited = false;
            while (!_queue.TryDequeue(out operation))
            {
                if (waited)
                {
                    _threads--;
                    return null;
                }

                _idle++;
                waited = !Monitor.Wait(_lock, IdleTime);
                _idle--;
            }

            return operation;
        }
    }
}
