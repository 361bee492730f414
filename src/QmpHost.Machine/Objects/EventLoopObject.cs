using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>What the settings of all event loops have in common.</summary>
public abstract class EventLoopObject : UserObject
{
    private const long DefaultThreadPoolMax = 64;
    private bool _isComplete;

    private protected EventLoopObject(QomClass qomClass, QomTree tree)
        : base(qomClass, tree)
    {
    }

    /// <summary>The class "event-loop-base".</summary>
    public static QomClass BaseClass { get; } = new(
        "event-loop-base",
        QomClass.Object,
        [
            Number("thread-pool-min", static o => o.ThreadPoolMin, static (o, v) => o.SetThreadPool(v, o.ThreadPoolMax)),
            Number("aio-max-batch", static o => o.AioMaxBatch, static (o, v) => o.AioMaxBatch = v),
            Number("thread-pool-max", static o => o.ThreadPoolMax, static (o, v) => o.SetThreadPool(o.ThreadPoolMin, v)),
        ],
        isAbstract: true);

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

    private protected static QomProperty Number(
        string name, Func<EventLoopObject, long> get, Action<EventLoopObject, long> set, long most = long.MaxValue, Behaviour? needs = null) => new()
        {
            Name = name,
            Type = "int",
            Needs = needs,
            Get = o => new QNum(get((EventLoopObject)o)),
            Set = (o, reader) =>
            {
                long value = reader.ReadInt64();
                if (value < 0 || value > most)
                {
                    throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"{name} value must be in range [0, {most}]"));
                }

                set((EventLoopObject)o, value);
                return default;
            },
        };

    // A value that a loop in use cannot have is refused, but kept: the next one is judged beside it.
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
