namespace QmpHost.Block.Copy;

/// <summary>
/// A limit on work per second, kept in slices of time: within a slice work is free until the slice's share is used
/// up; more than that stretches the slice accordingly.
/// </summary>
/// <param name="clock">The host's clock.</param>
internal sealed class RateLimit(TimeProvider clock)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    // Timers take no more than some weeks; whoever wakes up after an hour just asks again.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);
    private long _sliceStart;
    private long _sliceEnd;
    private long _quota;
    private long _used;

    /// <summary>The limit per second; 0 means none. Work of the current slice counts at a new speed too.</summary>
    public long Speed
    {
        get;
        set
        {
            field = value;
            _quota = value == 0 ? 0 : Math.Max(1, (long)((Int128)value * Slice.Ticks / TimeSpan.TicksPerSecond));
        }
    }

    /// <summary>How long to wait before more work may begin.</summary>
    public TimeSpan Delay => Account(0);

    /// <summary>Counts work.</summary>
    /// <param name="work">How much.</param>
    /// <returns>How long to wait before more work may begin.</returns>
    public TimeSpan Account(long work)
    {
        if (_quota == 0)
        {
            return TimeSpan.Zero;
        }

        long now = clock.GetTimestamp();
        long slice = (long)(Slice.TotalSeconds * clock.TimestampFrequency);
        if (_sliceEnd < now)
        {
            _sliceStart = now;
            _sliceEnd = now + slice;
            _used = 0;
        }

        _used += work;
        if (_used < _quota)
        {
            return TimeSpan.Zero;
        }

        Int128 end = _sliceStart + ((Int128)(_used / _quota) * slice);
        _sliceEnd = end > long.MaxValue ? long.MaxValue : (long)end;
        double seconds = (double)(_sliceEnd - now) / clock.TimestampFrequency;
        return seconds < LongestDelay.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : LongestDelay;
    }
}
