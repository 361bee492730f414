namespace QmpHost.Hosting.Time;

/// <summary>
/// One direction of a connection within the process: what was sent and not yet dealt with. The receiver has dealt with all when
/// it asks for more. Thread safe.
/// </summary>
internal sealed class Transit
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _quiet;
    private long _underWay;
    private bool _waits;
    private bool _isAbandoned;

    /// <summary>Whether an end was closed.</summary>
    public bool IsAbandoned
    {
        get
        {
            lock (_lock)
            {
                return _isAbandoned;
            }
        }
    }

    private bool IsQuiet => _isAbandoned || (_waits && _underWay == 0);

    /// <summary>Notes that bytes are sent.</summary>
    public void Add(int count)
    {
        lock (_lock)
        {
            _underWay += count;
        }
    }

    /// <summary>Notes that the receiver asks for more.</summary>
    public void BeginRead()
    {
        lock (_lock)
        {
            _waits = true;
            Tell();
        }
    }

    /// <summary>Notes that the receiver has got something, or that nothing more will come.</summary>
    public void EndRead(int count, bool isLast)
    {
        lock (_lock)
        {
            _waits = false;
            _underWay -= count;
            _isAbandoned |= isLast;
            Tell();
        }
    }

    /// <summary>Notes that an end was closed.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _isAbandoned = true;
            Tell();
        }
    }

    /// <summary>Waits until the receiver has dealt with all that was sent, or nobody receives.</summary>
    public Task WhenQuietAsync()
    {
        lock (_lock)
        {
            return IsQuiet ? Task.CompletedTask : (_quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Tell()
    {
        if (IsQuiet && _quiet is not null)
        {
            _quiet.SetResult();
            _quiet = null;
        }
    }
}
