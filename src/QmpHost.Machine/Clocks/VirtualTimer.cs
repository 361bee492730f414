namespace QmpHost.Machine.Clocks;

/// <summary>A timer of a <see cref="VirtualClock"/>.</summary>
internal sealed class VirtualTimer : ITimer
{
    private const long NanosecondsPerTick = 100;

    private readonly object _lock = new();
    private readonly VirtualClock _clock;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private long _period;
    private bool _disposed;

    internal VirtualTimer(VirtualClock clock, TimerCallback callback, object? state)
    {
        _clock = clock;
        _callback = callback;
        _state = state;
    }

    /// <summary>The number of the arming that counts; 0 when disarmed. Entries of earlier ones are stale.</summary>
    internal long Order { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return false;
            }

            Order = 0;
            _period = period > TimeSpan.Zero ? ToNanoseconds(period) : 0;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _clock.Arm(this, VirtualClock.Saturate(_clock.Nanoseconds, ToNanoseconds(dueTime)));
            }

            return true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Order = 0;
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    internal void Fire()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_period > 0)
            {
                _clock.Arm(this, VirtualClock.Saturate(_clock.Nanoseconds, _period));
            }
        }

        _callback(_state);
    }

    private static long ToNanoseconds(TimeSpan span)
        => span.Ticks > long.MaxValue / NanosecondsPerTick ? long.MaxValue : Math.Max(span.Ticks, 0) * NanosecondsPerTick;
}
