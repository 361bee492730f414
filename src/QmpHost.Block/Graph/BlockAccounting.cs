namespace QmpHost.Block.Graph;

/// <summary>
/// The statistics of a backend, as query-blockstats shows them. Its user counts: a device its guest's requests, a
/// qemu-io command its asynchronous ones; jobs and exports do not count, as in QEMU.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="clock">The clock that requests are timed with.</param>
public sealed class BlockAccounting(TimeProvider clock)
{
    private readonly AccountingCounters[] _counters = [new(), new(), new(), new(), new()];
    private long? _lastAccess;

    /// <summary>The time since the last request ended, in ns; null before the first.</summary>
    public long? IdleNanoseconds => _lastAccess is { } last ? ToNanoseconds(clock.GetElapsedTime(last)) : null;

    /// <summary>Whether requests that cannot be carried out count.</summary>
    public bool CountsInvalid { get; set; } = true;

    /// <summary>Whether requests that failed count in times and idleness.</summary>
    public bool CountsFailed { get; set; } = true;

    /// <summary>The counters of one kind of requests.</summary>
    /// <param name="type">The kind.</param>
    public AccountingCounters this[AccountingType type] => _counters[(int)type];

    /// <summary>A request begins.</summary>
    /// <returns>The time stamp for <see cref="Done"/> or <see cref="Failed"/>.</returns>
    public long Start() => clock.GetTimestamp();

    /// <summary>A request has succeeded.</summary>
    /// <param name="type">Its kind.</param>
    /// <param name="bytes">Its length in bytes.</param>
    /// <param name="started">When it began.</param>
    public void Done(AccountingType type, long bytes, long started)
    {
        this[type].Bytes += bytes;
        this[type].Operations++;
        CountLatency(type, started);
        AddTime(type, started);
    }

    /// <summary>A request has failed.</summary>
    /// <param name="type">Its kind.</param>
    /// <param name="started">When it began.</param>
    public void Failed(AccountingType type, long started)
    {
        this[type].Failed++;
        CountLatency(type, started);
        if (CountsFailed)
        {
            AddTime(type, started);
        }
    }

    /// <summary>A request was refused before it began.</summary>
    /// <param name="type">Its kind.</param>
    public void Invalid(AccountingType type)
    {
        this[type].Invalid++;
        if (CountsInvalid)
        {
            _lastAccess = clock.GetTimestamp();
        }
    }

    private static long ToNanoseconds(TimeSpan time) => time.Ticks * 100;

    private void CountLatency(AccountingType type, long started)
    {
        if (this[type].Histogram is { } histogram)
        {
            histogram.Count(ToNanoseconds(clock.GetElapsedTime(started)));
        }
    }

    private void AddTime(AccountingType type, long started)
    {
        this[type].TotalNanoseconds += ToNanoseconds(clock.GetElapsedTime(started));
        _lastAccess = clock.GetTimestamp();
    }
}
