namespace QmpHost.Block.Drivers.Throttle;

/// <summary>
/// One leaky bucket: requests pour in, and it leaks at the permitted rate. While it holds more than it may, requests
/// wait. A second bucket of the same kind limits the rate during bursts.
/// </summary>
internal sealed class ThrottleBucket
{
    private double _level;
    private double _burstLevel;

    /// <summary>The permitted rate, in units per second; 0 means no limit.</summary>
    public double Average { get; set; }

    /// <summary>The rate permitted in bursts; 0 means that there are none.</summary>
    public double Max { get; set; }

    /// <summary>How long a burst may last, in seconds.</summary>
    public long BurstLength { get; set; } = 1;

    /// <summary>Empties the bucket.</summary>
    public void Reset() => _level = _burstLevel = 0;

    /// <summary>Lets the bucket leak for some time.</summary>
    public void Leak(double seconds)
    {
        _level = Math.Max(0, _level - (Average * seconds));
        if (BurstLength > 1)
        {
            _burstLevel = Math.Max(0, _burstLevel - (Max * seconds));
        }
    }

    /// <summary>Pours a request in.</summary>
    public void Pour(double units)
    {
        _level += units;
        if (BurstLength > 1)
        {
            _burstLevel += units;
        }
    }

    /// <summary>How long a request has to wait, in seconds.</summary>
    public double ComputeWait()
    {
        if (Average == 0)
        {
            return 0;
        }

        // Without bursts a tenth of a second's worth may still go at once, or every second request would wait.
        double size = Max == 0 ? Average / 10 : Max * BurstLength;
        double excess = _level - size;
        if (excess > 0)
        {
            return excess / Average;
        }

        excess = _burstLevel - (Max / 10);
        return BurstLength > 1 && excess > 0 ? excess / Max : 0;
    }
}
