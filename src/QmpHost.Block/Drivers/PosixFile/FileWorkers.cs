using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// Threads for file requests that may have to wait for a disk. They are not those of the thread pool, on which the
/// loops of all hosts run: a slow disk must not hold up anybody who does not need it.
/// </summary>
/// <remarks>Safe to use from any thread.</remarks>
/// <param name="maxThreads">The most threads at a time.</param>
internal sealed class FileWorkers(int maxThreads)
{
    private const int MaxWaiting = 64;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly Queue<FileOperation> _queue = new();
    private readonly object _lock = new();
    private int _threads;
    private int _idle;

    /// <summary>Threads that wait for disks.</summary>
    public static FileWorkers Disks { get; } = new(MaxWaiting);

    /// <summary>Threads that copy to and from memory: they never wait, so that more of them than processors only get in each other's way.</summary>
    public static FileWorkers Memory { get; } = new(Environment.ProcessorCount);

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

            if (_threads == maxThreads)
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
            // The completion is a callback to the host's loop, which this thread may as well run.
            FollowUp.Accept();
            operation.Execute();
            FollowUp.Take()?.Execute();
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
