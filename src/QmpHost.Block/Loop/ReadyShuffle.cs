using System.Collections.Concurrent;

namespace QmpHost.Block.Loop;

/// <summary>The ready callbacks of an event loop, which leave in an order that a seed decides.</summary>
/// <remarks>
/// A callback is passed over a limited number of times, so that code which lets others go first in a loop comes to an end.
/// </remarks>
internal sealed class ReadyShuffle(int seed)
{
    private const int Window = 8;

    private readonly Random _random = new(seed);
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];

    /// <summary>Whether nothing is ready here.</summary>
    public bool IsEmpty => _ready.Count == 0;

    /// <summary>Takes one of the oldest that are ready.</summary>
    /// <param name="posted">Where more may come from.</param>
    /// <param name="item">The callback.</param>
    /// <returns>False if none is ready.</returns>
    public bool TryTake(
        ConcurrentQueue<(SendOrPostCallback Callback, object? State)> posted, out (SendOrPostCallback Callback, object? State) item)
    {
        while (_ready.Count < Window && posted.TryDequeue(out var next))
        {
            _ready.Add(next);
        }

        if (_ready.Count == 0)
        {
            item = default;
            return false;
        }

        int index = _random.Next(_ready.Count);
        item = _ready[index];
        _ready.RemoveAt(index);
        return true;
    }
}
