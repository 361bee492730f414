namespace QmpHost.Block.Drivers.Throttle;

/// <summary>One node of a throttle group, with its requests that wait.</summary>
internal sealed class ThrottleGroupMember(ThrottleGroup group)
{
    private readonly Queue<(TaskCompletionSource Released, long Bytes)>[] _waiting = [new(), new()];

    /// <summary>The group.</summary>
    public ThrottleGroup Group => group;

    /// <summary>While the node is drained nothing is held back.</summary>
    public bool IsDisabled { get; private set; }

    /// <summary>Whether requests wait.</summary>
    public bool HasWaiting(ThrottleDirection direction) => _waiting[(int)direction].Count > 0;

    /// <summary>Waits until the group lets a request go.</summary>
    public ValueTask PassAsync(ThrottleDirection direction, long bytes)
    {
        if (IsDisabled)
        {
            group.Account(direction, bytes);
            return ValueTask.CompletedTask;
        }

        if (!group.MustWait(this, direction))
        {
            group.Account(direction, bytes);
            group.ScheduleNext(this, direction);
            return ValueTask.CompletedTask;
        }

        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[(int)direction].Enqueue((released, bytes));
        return new ValueTask(released.Task);
    }

    /// <summary>Lets the request go that has waited longest.</summary>
    public void ReleaseOne(ThrottleDirection direction)
    {
        (TaskCompletionSource released, long bytes) = _waiting[(int)direction].Dequeue();
        group.Account(direction, bytes);
        released.SetResult();
    }

    /// <summary>Lets all requests go, and all that come until <see cref="Enable"/>.</summary>
    public void Disable()
    {
        IsDisabled = true;
        foreach (ThrottleDirection direction in Enum.GetValues<ThrottleDirection>())
        {
            while (HasWaiting(direction))
            {
                ReleaseOne(direction);
            }
        }
    }

    /// <summary>Holds requests back again.</summary>
    public void Enable() => IsDisabled = false;
}
