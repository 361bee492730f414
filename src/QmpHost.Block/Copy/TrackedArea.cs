namespace QmpHost.Block.Copy;

/// <summary>An area of a disk on which somebody works, until it is removed from its <see cref="AreaTracker"/>.</summary>
internal sealed class TrackedArea(long offset, long bytes)
{
    private List<TaskCompletionSource>? _waiters;

    /// <summary>Start in bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>Length in bytes.</summary>
    public long Bytes { get; private set; } = bytes;

    /// <summary>End in bytes.</summary>
    public long End => Offset + Bytes;

    /// <summary>Whether the area touches another.</summary>
    public bool Overlaps(long offset, long bytes) => offset < End && Offset < offset + bytes;

    /// <summary>A task that ends when the area is removed or has become smaller.</summary>
    public Task WaitAsync()
    {
        var waiter = new TaskCompletionSource();
        (_waiters ??= []).Add(waiter);
        return waiter.Task;
    }

    /// <summary>Gives the end of the area free.</summary>
    public void Shrink(long bytes)
    {
        Bytes = bytes;
        Release();
    }

    /// <summary>Lets everybody go on that waits for the area.</summary>
    public void Release()
    {
        if (_waiters is not { } waiters)
        {
            return;
        }

        _waiters = null;
        foreach (TaskCompletionSource waiter in waiters)
        {
            waiter.SetResult();
        }
    }
}
