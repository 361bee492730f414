namespace QmpHost.Block.Graph.Requests;

/// <summary>The requests under way in one node: who overlaps whom, and who has to wait.</summary>
internal sealed class RequestTracker
{
    private readonly Stack<TrackedRequest> _free = new();
    private TrackedRequest? _first;
    private int _serialising;

    /// <summary>Whether a serialising request is under way, so that others must look for overlaps.</summary>
    public bool HasSerialising => _serialising > 0;

    /// <summary>Whether any request is tracked.</summary>
    public bool IsEmpty => _first is null;

    /// <summary>Enters a request.</summary>
    public TrackedRequest Begin(RequestKind kind, long offset, long bytes)
    {
        if (!_free.TryPop(out TrackedRequest? request))
        {
            request = new TrackedRequest();
        }

        request.Reset(kind, offset, bytes);
        request.Next = _first;
        if (_first is not null)
        {
            _first.Previous = request;
        }

        _first = request;
        return request;
    }

    /// <summary>Removes a request and lets those go on that waited for it.</summary>
    public void End(TrackedRequest request)
    {
        if (request.IsSerialising)
        {
            _serialising--;
        }

        if (request.Previous is null)
        {
            _first = request.Next;
        }
        else
        {
            request.Previous.Next = request.Next;
        }

        if (request.Next is not null)
        {
            request.Next.Previous = request.Previous;
        }

        request.ReleaseWaiters();
        request.Next = request.Previous = null;

        // A waiter may still look at WaitingFor chains until it runs; only the links matter there, and they are cut.
        if (_free.Count < 64)
        {
            _free.Push(request);
        }
    }

    /// <summary>Makes a request exclude all others in its area, rounded outwards.</summary>
    public void MakeSerialising(TrackedRequest request, long alignment)
    {
        if (request.MakeSerialising())
        {
            _serialising++;
        }

        request.WidenOverlap(alignment);
    }

    /// <summary>Waits until no conflicting request is under way.</summary>
    public ValueTask WaitForConflictsAsync(TrackedRequest self)
        => _serialising == 0 || FindConflict(self) is null ? ValueTask.CompletedTask : WaitAsync(self);

    /// <summary>The first request that must end before <paramref name="self"/> may go on.</summary>
    public TrackedRequest? FindConflict(TrackedRequest self)
    {
        for (TrackedRequest? other = _first; other is not null; other = other.Next)
        {
            if (other == self || (!other.IsSerialising && !self.IsSerialising) || !other.Overlaps(self))
            {
                continue;
            }

            // One that waits itself waits (in the end) for this request, or will see it when it wakes up:
            // waiting for it too would be a deadlock.
            if (other.WaitingFor is null)
            {
                return other;
            }
        }

        return null;
    }

    private async ValueTask WaitAsync(TrackedRequest self)
    {
        while (FindConflict(self) is { } other)
        {
            self.WaitingFor = other;
            await other.WaitForEndAsync();
            self.WaitingFor = null;
        }
    }
}
