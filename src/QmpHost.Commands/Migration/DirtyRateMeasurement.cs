using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>
/// Measures how fast a guest writes to its memory. No guest writes to any here, so that it is known before what comes out, but a
/// measurement takes its time. Used on the host's event loop only.
/// </summary>
/// <param name="clock">The host's clock.</param>
/// <param name="memorySize">The size of the memory in bytes.</param>
/// <param name="profile">The release that the host behaves like.</param>
public sealed class DirtyRateMeasurement(TimeProvider clock, ulong memorySize, VersionProfile profile)
{
    private const long LongestTime = 60;
    private const long Milliseconds = 1000, ShortestMilliseconds = 50;
    private const long DefaultPages = 512, FewestPages = 128, MostPages = 16384;

    private long _started;
    private long _startedAt;
    private long _milliseconds;
    private long _pages;
    private DirtyRateMeasureMode _mode = DirtyRateMeasureMode.PageSampling;

    private bool IsOver => clock.GetElapsedTime(_started) >= TimeSpan.FromMilliseconds(_milliseconds);

    /// <summary>calc-dirty-rate.</summary>
    /// <param name="arguments">For how long, and how.</param>
    /// <exception cref="QmpException">The arguments are wrong, a measurement is under way, or the way needs KVM.</exception>
    public void Start(CalcDirtyRateArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (_milliseconds > 0 && !IsOver)
        {
            throw new QmpException("the dirty rate is already being measured.");
        }

        long milliseconds = ReadTime(arguments);

        DirtyRateMeasureMode mode = arguments.Mode ?? DirtyRateMeasureMode.PageSampling;
        if (arguments.SamplePages is not null && profile.Has(Behaviour.DirtyRateByBitmap) && mode != DirtyRateMeasureMode.PageSampling)
        {
            throw new QmpException("sample-pages is used only in page-sampling mode");
        }

        if (arguments.SamplePages is not null && mode == DirtyRateMeasureMode.DirtyRing)
        {
            throw new QmpException("either sample-pages or dirty-ring can be specified.");
        }

        if (arguments.SamplePages is < FewestPages or > MostPages)
        {
            throw new QmpException($"sample-pages is out of range[{FewestPages}, {MostPages}].");
        }

        RequireMode(mode);
        _mode = mode;
        _started = clock.GetTimestamp();
        _startedAt = clock.GetUtcNow().ToUnixTimeSeconds();
        _milliseconds = milliseconds;
        _pages = arguments.SamplePages ?? DefaultPages;
    }

    /// <summary>query-dirty-rate.</summary>
    /// <param name="unit">In which the time is told.</param>
    public DirtyRateInfo Query(TimeUnit unit) => new()
    {
        Status = _milliseconds == 0 ? DirtyRateStatus.Unstarted : IsOver ? DirtyRateStatus.Measured : DirtyRateStatus.Measuring,

        // Where there is no memory, there are no pages to look at.
        DirtyRate = _milliseconds > 0 && IsOver ? (memorySize > 0 || _mode != DirtyRateMeasureMode.PageSampling ? 0 : -1) : null,
        StartTime = profile.Has(Behaviour.DirtyRateInMilliseconds) ? _startedAt : _started / clock.TimestampFrequency,
        CalcTime = unit == TimeUnit.Second ? _milliseconds / Milliseconds : _milliseconds,
        CalcTimeUnit = unit,
        SamplePages = _mode != DirtyRateMeasureMode.PageSampling && IsOver ? 0 : _pages,
        Mode = _mode,
    };

    private void RequireMode(DirtyRateMeasureMode mode)
    {
        if (profile.Has(Behaviour.DirtyRateByBitmap))
        {
            QmpException.ThrowIf(mode == DirtyRateMeasureMode.DirtyRing, $"mode {mode.ToWire()} is not enabled, use other method instead.");
        }
        else if (mode != DirtyRateMeasureMode.PageSampling)
        {
            // QEMU's program ends there where KVM is not in use.
            throw new QmpException($"mode '{mode.ToWire()}' needs KVM");
        }
    }

    private long ReadTime(CalcDirtyRateArguments arguments)
    {
        if (!profile.Has(Behaviour.DirtyRateInMilliseconds))
        {
            return arguments.CalcTime is >= 1 and <= LongestTime
                ? arguments.CalcTime * Milliseconds
                : throw new QmpException($"calc-time is out of range[1, {LongestTime}].");
        }

        Int128 time = (Int128)arguments.CalcTime * (arguments.CalcTimeUnit is null or TimeUnit.Second ? Milliseconds : 1);
        return time >= ShortestMilliseconds && time <= LongestTime * Milliseconds
            ? (long)time
            : throw new QmpException($"Calculation time is out of range [{ShortestMilliseconds}ms, {LongestTime * Milliseconds}ms].");
    }
}
