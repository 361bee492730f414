namespace QmpHost.Machine.Clocks;

/// <summary>
/// A clock that stands still until it is moved, in nanoseconds since its start. Timers that become due on the way
/// fire in the order of their deadlines, each with the clock showing its deadline.
/// </summary>
/// <remarks>
/// Timers may be made and changed on any thread. The clock is moved on the host's event loop; between two deadlines
/// the <c>settle</c> callback lets the work that a timer started run to its end, so that what it schedules in turn
/// is not passed over.
/// </remarks>
public sealed class VirtualClock : TimeProvider
{
    private const long NanosecondsPerTick = 100;

    private readonly object _lock = new();
    private readonly PriorityQueue<VirtualTimer, (long Deadline, long Order)> _timers = new();
    private readonly DateTimeOffset _origin;
    private readonly Func<ValueTask> _settle;
    private long _now;
    private long _order;

    /// <summary>Makes a clock that shows 0.</summary>
    /// <param name="origin">The calendar time at 0.</param>
    /// <param name="settle">Awaited after every timer that fires; null when nothing is to be waited for.</param>
    public VirtualClock(DateTimeOffset origin, Func<ValueTask>? settle = null)
    {
        _origin = origin;
        _settle = settle ?? (static () => default);
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

    /// <summary>Moves the clock to the next deadline and fires what is due; without timers the clock stays.</summary>
    /// <returns>A task that ends when the work of those timers has settled.</returns>
    public ValueTask StepAsync() => AdvanceToAsync(NextDeadline ?? Nanoseconds);

    /// <summary>Moves the clock forward; past the end of its range it stays there.</summary>
    /// <param name="nanoseconds">By how much: zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative.</exception>
    public ValueTask AdvanceAsync(long nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nanoseconds);
        return AdvanceToAsync(Saturate(Nanoseconds, nanoseconds));
    }

    /// <summary>Moves the clock to a time; one that has passed already changes nothing.</summary>
    /// <param name="nanoseconds">The time in nanoseconds since the start.</param>
    public async ValueTask AdvanceToAsync(long nanoseconds)
    {
        while (TakeDue(nanoseconds) is { } timer)
        {
            timer.Fire();
            await _settle();
        }

        MoveTo(nanoseconds);
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
}
