namespace QmpHost.Block.BlockCopy;

/// <summary>
/// Buffers for one copy engine, of one size, given out in the order that finds them in the processor's cache. The
/// memory in use is bounded: who wants more waits. Used on the event loop.
/// </summary>
internal sealed class CopyBufferPool
{
    private readonly Stack<byte[]> _free = new();
    private readonly Queue<TaskCompletionSource<byte[]>> _waiting = new();
    private readonly int _limit;
    private int _made;

    /// <param name="bufferSize">Size of each buffer in bytes.</param>
    /// <param name="memory">Bytes that may be in use at once; at least one buffer is.</param>
    public CopyBufferPool(int bufferSize, long memory)
    {
        BufferSize = bufferSize;
        _limit = (int)Math.Max(1, memory / bufferSize);
    }

    /// <summary>Size of each buffer in bytes.</summary>
    public int BufferSize { get; }

    /// <summary>Takes a buffer; its contents are undefined.</summary>
    public ValueTask<byte[]> RentAsync()
    {
        if (_free.TryPop(out byte[]? buffer))
        {
            return ValueTask.FromResult(buffer);
        }

        if (_made < _limit)
        {
            _made++;
            return ValueTask.FromResult(GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true));
        }

        var waiter = new TaskCompletionSource<byte[]>();
        _waiting.Enqueue(waiter);
        return new ValueTask<byte[]>(waiter.Task);
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte[] buffer)
    {
        if (_waiting.TryDequeue(out TaskCompletionSource<byte[]>? waiter))
        {
            waiter.SetResult(buffer);
        }
        else
        {
            _free.Push(buffer);
        }
    }
}
