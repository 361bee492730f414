using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>
/// An I/O thread that devices, exports and nodes can be bound to. A host runs on one event loop, so the object keeps
/// its settings and is accepted wherever an iothread is, but work is not moved to it.
/// </summary>
public sealed class IoThreadObject : EventLoopObject
{
    private const long DefaultPollMaxNs = 32768;
    private const long DefaultPollWeight = 3;
    private const long MostPollWeight = 63;
    private const long DefaultPollFactor = 2;

    /// <summary>Makes one with the default settings.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public IoThreadObject(QomTree tree)
        : base(QomClass, tree)
    {
        if (tree.Profile.Has(Behaviour.IoThreadsHavePollWeight))
        {
            PollGrow = DefaultPollFactor;
            PollShrink = DefaultPollFactor;
        }
    }

    /// <summary>The class "iothread".</summary>
    public static QomClass QomClass { get; } = new("iothread", BaseClass,
    [
        Number("poll-max-ns", static o => ((IoThreadObject)o).PollMaxNs, static (o, v) => ((IoThreadObject)o).PollMaxNs = v),
        Number("poll-weight", static o => ((IoThreadObject)o).PollWeight, static (o, v) => ((IoThreadObject)o).PollWeight = v, MostPollWeight, Behaviour.IoThreadsHavePollWeight),
        Number("poll-grow", static o => ((IoThreadObject)o).PollGrow, static (o, v) => ((IoThreadObject)o).PollGrow = v),
        Number("poll-shrink", static o => ((IoThreadObject)o).PollShrink, static (o, v) => ((IoThreadObject)o).PollShrink = v),
    ]);

    /// <summary>Longest busy polling in nanoseconds.</summary>
    public long PollMaxNs { get; private set; } = DefaultPollMaxNs;

    /// <summary>How much the latest waits count for the time of polling.</summary>
    public long PollWeight { get; private set; } = DefaultPollWeight;

    /// <summary>Factor by which polling grows; 0 for the default.</summary>
    public long PollGrow { get; private set; }

    /// <summary>Divisor by which polling shrinks; 0 for the default.</summary>
    public long PollShrink { get; private set; }
}
