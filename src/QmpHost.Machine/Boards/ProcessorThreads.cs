using System.Globalization;
using System.Runtime.InteropServices;

namespace QmpHost.Machine.Boards;

/// <summary>
/// A thread of the system for each processor that somebody asks for: management layers bind processors to those of the host, and
/// take a machine whose processors share a thread for one that cannot. They sleep until the machine ends. Thread safe.
/// </summary>
public sealed partial class ProcessorThreads : IDisposable
{
    private const int StackSize = 64 * 1024;

    private readonly ManualResetEventSlim _end = new();
    private readonly Dictionary<int, int> _ids = [];

    /// <summary>The system's number of a processor's thread, which is started when it is first asked for.</summary>
    /// <param name="processor">The processor's number.</param>
    public int IdOf(int processor)
    {
        lock (_ids)
        {
            if (!_ids.TryGetValue(processor, out int id))
            {
                _ids.Add(processor, id = Start(processor));
            }

            return id;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Set();

    private int Start(int processor)
    {
        using var started = new ManualResetEventSlim();
        int id = 0;
        var thread = new Thread(
            () =>
            {
                id = CurrentThread();
                started.Set();
                _end.Wait();
            },
            StackSize)
        {
            IsBackground = true,
            Name = string.Create(CultureInfo.InvariantCulture, $"CPU {processor}/TCG"),
        };
        thread.Start();
        started.Wait();
        return id;
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int CurrentThread();
}
