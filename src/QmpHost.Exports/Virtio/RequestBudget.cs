namespace QmpHost.Exports.Virtio;

/// <summary>Bytes that the requests of one client may have in buffers at a time; those that find none left wait in order.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="limit">The most bytes.</param>
internal sealed class RequestBudget(long limit)
{
    private readonly Queue<(long Bytes, TaskCompletionSource Granted)> _waiting = [];
    private long _used;

    /// <summary>Takes bytes. One request that is longer than the limit goes alone.</summary>
    /// <param name="bytes">How many.</param>
    /// <returns>A task that ends when they are there.</returns>
    public Task TakeAsync(long bytes)
    {
        if (_waiting.Count == 0 && Fits(bytes))
        {
            _used += bytes;
            return Task.CompletedTask;
        }

        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((bytes, granted));
        return granted.Task;
    }

    /// <summary>Gives bytes back.</summary>
    /// <param name="bytes">How many.</param>
    public void GiveBack(long bytes)
    {
        _used -= bytes;
        while (_waiting.TryPeek(out (long Bytes, TaskCompletionSource Granted) next) && Fits(next.Bytes))
        {
            _waiting.Dequeue();
            _used += next.Bytes;
            next.Granted.SetResult();
        }
    }

    private bool Fits(long bytes) => _used == 0 || _used + bytes <= limit;
}
