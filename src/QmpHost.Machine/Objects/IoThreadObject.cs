using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>
/// An I/O thread that devices, exports and nodes can be bound to. A host runs on one event loop, so the object keeps
/// its settings and is accepted wherever an iothread is, but work is not moved to it.
/// </summary>
public sealed class IoThreadObject : UserObject
{
    private const long DefaultPollMaxNs = 32768;
    private const long DefaultThreadPoolMax = 64;
    private bool _isComplete;

    /// <summary>Makes one with the default settings.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public IoThreadObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "iothread".</summary>
    public static QomClass QomClass { get; } = new("iothread", QomClass.Object,
    [
        Number("thread-pool-min", static o => o.ThreadPoolMin, static (o, v) => o.SetThreadPool(v, o.ThreadPoolMax)),
        Number("aio-max-batch", static o => o.AioMaxBatch, static (o, v) => o.AioMaxBatch = v),
        Number("thread-pool-max", static o => o.ThreadPoolMax, static (o, v) => o.SetThreadPool(o.ThreadPoolMin, v)),
        Number("poll-max-ns", static o => o.PollMaxNs, static (o, v) => o.PollMaxNs = v),
        Number("poll-grow", static o => o.PollGrow, static (o, v) => o.PollGrow = v),
        Number("poll-shrink", static o => o.PollShrink, static (o, v) => o.PollShrink = v),
    ]);

    /// <summary>Longest busy polling in nanoseconds.</summary>
    public long PollMaxNs { get; private set; } = DefaultPollMaxNs;

    /// <summary>Factor by which polling grows; 0 for the default.</summary>
    public long PollGrow { get; private set; }

    /// <summary>Divisor by which polling shrinks; 0 for the default.</summary>
    public long PollShrink { get; private set; }

    /// <summary>Most requests in one batch; 0 for the default.</summary>
    public long AioMaxBatch { get; private set; }

    /// <summary>Least worker threads.</summary>
    public long ThreadPoolMin { get; private set; }

    /// <summary>Most worker threads.</summary>
    public long ThreadPoolMax { get; private set; } = DefaultThreadPoolMax;

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        CheckThreadPool();
        _isComplete = true;
    }

    private static QomProperty Number(string name, Func<IoThreadObject, long> get, Action<IoThreadObject, long> set) => new()
    {
        Name = name,
        Type = "int",
        Get = o => new QNum(get((IoThreadObject)o)),
        Set = (o, reader) =>
        {
            long value = reader.ReadInt64();
            if (value < 0)
            {
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"{name} value must be in range [0, {long.MaxValue}]"));
            }

            set((IoThreadObject)o, value);
            return default;
        },
    };

    // A value that a thread in use cannot have is refused, but kept: the next one is judged beside it.
    private void SetThreadPool(long min, long max)
    {
        ThreadPoolMin = min;
        ThreadPoolMax = max;
        if (_isComplete)
        {
            CheckThreadPool();
        }
    }

    private void CheckThreadPool()
    {
        if (ThreadPoolMin > ThreadPoolMax || ThreadPoolMax is 0 or > int.MaxValue)
        {
            throw new QmpException("bad thread-pool-min/thread-pool-max values");
        }
    }
}
