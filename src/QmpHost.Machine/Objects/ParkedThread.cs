using System.Runtime.InteropServices;

namespace QmpHost.Machine.Objects;

/// <summary>A thread of the system that does nothing but be there, for those who ask for its number or bind it. Thread safe.</summary>
internal sealed partial class ParkedThread
{
    private const int StackSize = 64 << 10;

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts it.</summary>
    /// <param name="name">Its name.</param>
    public ParkedThread(string name)
    {
        using var started = new ManualResetEventSlim();
        var thread = new Thread(
            () =>
            {
                Id = CurrentThread();
                started.Set();
                _end.Task.Wait();
            },
            StackSize)
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        started.Wait();
    }

    /// <summary>The system's number of the thread.</summary>
    public int Id { get; private set; }

    /// <summary>Ends it.</summary>
    public void End() => _end.TrySetResult();

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int CurrentThread();
}
