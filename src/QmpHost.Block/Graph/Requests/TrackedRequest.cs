using QmpHost.Block.Core;

namespace QmpHost.Block.Graph.Requests;

/// <summary>One request that is under way in a node, with the area in which it excludes others.</summary>
internal sealed class TrackedRequest
{
    private List<TaskCompletionSource>? _waiters;

    /// <summary>What the request does.</summary>
    public RequestKind Kind { get; private set; }

    /// <summary>Start in bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>Length in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether it excludes every overlapping request, not only serialising ones.</summary>
    public bool IsSerialising { get; private set; }

    /// <summary>Start of the area in which it conflicts with others; wider than the request if it works on whole blocks.</summary>
    public long OverlapOffset { get; private set; }

    /// <summary>Length of that area.</summary>
    public long OverlapBytes { get; private set; }

    /// <summary>The request that this one waits for.</summary>
    public TrackedRequest? WaitingFor { get; set; }

    /// <summary>The neighbours in the tracker's list.</summary>
    public TrackedRequest? Next { get; set; }

    /// <summary>The neighbours in the tracker's list.</summary>
    public TrackedRequest? Previous { get; set; }

    /// <summary>Prepares the object for another request.</summary>
    public void Reset(RequestKind kind, long offset, long bytes)
    {
        Kind = kind;
        Offset = OverlapOffset = offset;
        Bytes = OverlapBytes = bytes;
        IsSerialising = false;
        WaitingFor = null;
        Next = Previous = null;
    }

    /// <summary>Makes the request exclude others in an area rounded outwards.</summary>
    /// <param name="alignment">What to round to, in bytes.</param>
    public void WidenOverlap(long alignment)
    {
        long start = Alignment.Down(Offset, alignment);
        long end = Alignment.Up(Offset + Bytes, alignment);
        long oldEnd = OverlapOffset + OverlapBytes;
        OverlapOffset = Math.Min(OverlapOffset, start);
        OverlapBytes = Math.Max(oldEnd, end) - OverlapOffset;
    }

    /// <summary>Marks the request as excluding every overlapping one.</summary>
    /// <returns>False if it was so already.</returns>
    public bool MakeSerialising()
    {
        bool changed = !IsSerialising;
        IsSerialising = true;
        return changed;
    }

    /// <summary>Whether the request's area touches another's.</summary>
    public bool Overlaps(TrackedRequest other)
        => OverlapOffset < other.OverlapOffset + other.OverlapBytes && other.OverlapOffset < OverlapOffset + OverlapBytes;

    /// <summary>A task that ends with the request.</summary>
    public Task WaitForEndAsync()
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_waiters ??= []).Add(completion);
        return completion.Task;
    }

    /// <summary>Lets those go on that waited for the request.</summary>
    public void ReleaseWaiters()
    {
        if (_waiters is not { Count: > 0 } waiters)
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
