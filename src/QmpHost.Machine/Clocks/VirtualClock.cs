namespace QmpHost.Machine.Clocks;

/// <summary>
/// A clock that stands still until it is moved, in nanoseconds since its start. Timers that become due on the way
/// fire in the order of their deadlines, each with the clock showing its deadline.
/// </summary>
/// <remarks>
/// All members may be used from any thread. Those who live by the clock say how they settle (<see cref="Attach"/>); a host does
/// so by itself. The work that a timer starts runs to its end before the clock goes on to the next deadline, so that what it
/// schedules in turn is not passed over, and the same happens every time. Moves of the clock queue.
/// </remarks>
public sealed class VirtualClock : TimeProvider
{
    private const long NanosecondsPerTick = 100;

    private readonly object _lock = new();
    private readonly PriorityQueue<VirtualTimer, (long Deadline, long Order)> _timers = new();
    private readonly DateTimeOffset _origin;
    private Func<ValueTask>[] _settle;
    private Task _lastMove = Task.CompletedTask;
    private long _now;
    private long _order;

    /// <summary>Makes a clock that shows 0.</summary>
    /// <param name="origin">The calendar time at 0; the beginning of 1970 unless told otherwise.</param>
    /// <param name="settle">As for <see cref="Attach"/>; null when nothing is to be waited for.</param>
    public VirtualClock(DateTimeOffset? origin = null, Func<ValueTask>? settle = null)
    {
        _origin = origin ?? DateTimeOffset.UnixEpoch;
        _settle = settle is null ? [] : [settle];
    }

    /// <summary>Nanoseconds since the start.</summary>
    public long Nanoseconds => Interlocked.Read(ref _now);

    /// <summary>The earliest deadline of any timer in nanoseconds, or null when none is armed.</summary>
    public long? NextDeadline
    {
        get
        {
            lock (_lock)
            {
                DropStale();
                return _timers.TryPeek(out _, out (long Deadline, long) key) ? key.Deadline : null;
            }
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000_000_000;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => Nanoseconds;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _origin.AddTicks(Nanoseconds / NanosecondsPerTick);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Has the clock wait for somebody before it moves, and after every timer that fires.</summary>
    /// <param name="settle">Ends when all that can happen without the clock has happened.</param>
    /// <returns>Disposed when the clock need not wait any more.</returns>
    public IDisposable Attach(Func<ValueTask> settle)
    {
        lock (_lock)
        {
            _settle = [.. _settle, settle];
        }

        return new Attachment(this, settle);
    }

    /// <summary>Moves the clock to the next deadline and fires what is due; without timers the clock stays.</summary>
    /// <returns>A task that ends when the work of those timers has settled.</returns>
    public ValueTask StepAsync() => MoveAsync(() => NextDeadline ?? Nanoseconds);

    /// <summary>Moves the clock forward; past the end of its range it stays there.</summary>
    /// <param name="nanoseconds">By how much: zero or more.</param>
    /// <returns>A task that ends when the clock is there and all work has settled.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative.</exception>
    public ValueTask AdvanceAsync(long nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        return MoveAsync(() => Saturate(Nanoseconds, nanoseconds));
    }

    /// <summary>Moves the clock to a time; one that has passed already changes nothing.</summary>
    /// <param name="nanoseconds">The time in nanoseconds since the start.</param>
    /// <returns>A task that ends when the clock is there and all work has settled.</returns>
    public ValueTask AdvanceToAsync(long nanoseconds) => MoveAsync(() => nanoseconds);

    private async ValueTask MoveAsync(Func<long> target)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Interlocked.Exchange(ref _lastMove, done.Task);
        try
        {
            await SettleAsync();
            long nanoseconds = target();
            while (TakeDue(nanoseconds) is { } timer)
            {
                timer.Fire();
                await SettleAsync();
            }

            MoveTo(nanoseconds);
        }
        finally
        {
            done.SetResult();
        }
    }

    // Where several live by the clock, one may give the others work: those who settled first look again.
    private async ValueTask SettleAsync()
    {
        Func<ValueTask>[] all = Volatile.Read(ref _settle);
        for (int round = Math.Min(all.Length, 2); round > 0; round--)
        {
            foreach (Func<ValueTask> settle in all)
            {
                await settle();
            }
        }
    }

    internal static long Saturate(long time, long distance) => distance > long.MaxValue - time ? long.MaxValue : time + distance;

    /// <summary>Arms a timer; its earlier entry in the queue, if any, becomes stale.</summary>
    internal void Arm(VirtualTimer timer, long deadline)
    {
        lock (_lock)
        {
            timer.Order = ++_order;
            _timers.Enqueue(timer, (deadline, timer.Order));
        }
    }

    private VirtualTimer? TakeDue(long limit)
    {
        lock (_lock)
        {
            DropStale();
            if (!_timers.TryPeek(out VirtualTimer? timer, out (long Deadline, long) key) || key.Deadline > limit)
            {
                return null;
            }

            _timers.Dequeue();
            timer.Order = 0;
            Interlocked.Exchange(ref _now, Math.Max(_now, key.Deadline));
            return timer;
        }
    }

    private void DropStale()
    {
        while (_timers.TryPeek(out VirtualTimer? timer, out (long, long Order) key) && timer.Order != key.Order)
        {
            _timers.Dequeue();
        }
    }

    private void MoveTo(long nanoseconds)
    {
        lock (_lock)
        {
            Interlocked.Exchange(ref _now, Math.Max(_now, nanoseconds));
        }
    }

    private void Detach(Func<ValueTask> settle)
    {
        lock (_lock)
        {
            _settle = [.. _settle.Where(other => other != settle)];
        }
    }

    private sealed class Attachment(VirtualClock clock, Func<ValueTask> settle) : IDisposable
    {
        public void Dispose() => clock.Detach(settle);
    }
}
