using System.Globalization;
using QmpHost.Machine.Objects;

namespace QmpHost.Machine.Boards;

/// <summary>
/// A thread of the system for each processor that somebody asks for: management layers bind processors to those of the host, and
/// take a machine whose processors share a thread for one that cannot. They sleep until the machine ends. Thread safe.
/// </summary>
public sealed class ProcessorThreads : IDisposable
{
    private readonly Dictionary<int, ParkedThread> _threads = [];

    /// <summary>The system's number of a processor's thread, which is started when it is first asked for.</summary>
    /// <param name="processor">The processor's number.</param>
    public int IdOf(int processor)
    {
        lock (_threads)
        {
            if (!_threads.TryGetValue(processor, out ParkedThread? thread))
            {
                _threads.Add(processor, thread = new ParkedThread(string.Create(CultureInfo.InvariantCulture, $"CPU {processor}/TCG")));
            }

            return thread.Id;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_threads)
        {
            foreach (ParkedThread thread in _threads.Values)
            {
                thread.End();
            }
        }
    }
}
