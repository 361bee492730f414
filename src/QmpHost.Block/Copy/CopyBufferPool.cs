using QmpHost.Block.Loop;

namespace QmpHost.Block.Copy;

/// <summary>
/// Buffers for one copy engine, of one size. Few are in use at once as long as they come back fast: then the data is
/// still in the processor's cache when it is written, which more buffers would spoil. Where requests take long, more
/// of them have to be under way, up to a bound on memory. Where the machine has nothing to do, because what holds the
/// buffers waits for a turn of the loop or for the host's clock, few buffers would spare nothing and would only change
/// what happens in which turn. Used on the event loop.
/// </summary>
internal sealed class CopyBufferPool
{
    private const int FewBuffers = 8;

    // Real time, not the host's clock: this is about the machine, and changes nothing but how many requests overlap.
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(16);

    private readonly EventLoop _loop;
    private readonly Stack<CopyBuffer> _free = new();
    private readonly Queue<TaskCompletionSource<CopyBuffer>> _waiting = new();
    private readonly int _max;
    private int _made;
    private int _limit;

    /// <param name="loop">The host's loop.</param>
    /// <param name="bufferSize">Size of each buffer in bytes.</param>
    /// <param name="memory">Bytes that may be in use at once; at least one buffer is.</param>
    public CopyBufferPool(EventLoop loop, int bufferSize, long memory)
    {
        _loop = loop;
        BufferSize = bufferSize;
        _max = (int)Math.Max(1, memory / bufferSize);
        _limit = Math.Min(FewBuffers, _max);
    }

    /// <summary>Size of each buffer in bytes.</summary>
    public int BufferSize { get; }

    /// <summary>Takes a buffer; its contents are undefined.</summary>
    public ValueTask<CopyBuffer> RentAsync()
    {
        if (TryTake() is { } buffer)
        {
            return ValueTask.FromResult(buffer);
        }

        var waiter = new TaskCompletionSource<CopyBuffer>();
        _waiting.Enqueue(waiter);
        return new ValueTask<CopyBuffer>(waiter.Task);
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(CopyBuffer buffer)
    {
        if (_waiting.Count > 0 && buffer.TimeInUse > Long)
        {
            _limit = Math.Min(2 * _limit, _max);
        }

        _free.Push(buffer);
        ServeWaiting();
    }

    /// <summary>Gives buffers to those who wait, if there may be more by now: to be called when a request has begun.</summary>
    public void ServeWaiting()
    {
        while (_waiting.Count > 0 && TryTake() is { } next)
        {
            _waiting.Dequeue().SetResult(next);
        }
    }

    private CopyBuffer? TryTake()
    {
        if (!_free.TryPop(out CopyBuffer? buffer))
        {
            if (_made >= (_loop.RequestsOutside > 0 ? _limit : _max))
            {
                return null;
            }

            _made++;
            buffer = new CopyBuffer(BufferSize);
        }

        buffer.Take();
        return buffer;
    }
}
