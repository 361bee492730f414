using QmpHost.Block.Drivers;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs;
using QmpHost.Block.Loop;
using QmpHost.Qapi;

namespace QmpHost.Block;

/// <summary>The roof of the block engine: one host's node graph, jobs and throttle groups, and what they share.</summary>
/// <remarks>Used on the host's <see cref="Loop"/> only.</remarks>
public sealed class BlockLayer
{
    /// <summary>Makes an empty block layer that stands alone.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="clock">The clock that rate limits, throttling and time-outs follow.</param>
    /// <param name="events">Where events go.</param>
    /// <param name="profile">The QEMU release to behave like.</param>
    public BlockLayer(EventLoop loop, TimeProvider clock, IQapiEventSink events, VersionProfile profile)
        : this(new BlockContext(loop, clock, events, profile))
    {
    }

    /// <summary>Makes an empty block layer.</summary>
    /// <param name="context">What its parts share.</param>
    public BlockLayer(BlockContext context)
    {
        Context = context;
        Graph = new BlockGraph(context);
        Jobs = new JobManager(Graph);
        Exports = new ExportManager(Graph);
        ThrottleGroups = new ThrottleGroups(context);
        StandardDrivers.Register(Graph.Drivers, ThrottleGroups, Descriptors);
    }

    /// <summary>What the parts share.</summary>
    public BlockContext Context { get; }

    /// <summary>The host's loop.</summary>
    public EventLoop Loop => Context.Loop;

    /// <summary>Who may change graph, jobs, devices and exports, one at a time.</summary>
    public MainTurns Turns => Context.Turns;

    /// <summary>The clock that rate limits, throttling and time-outs follow.</summary>
    public TimeProvider Clock => Context.Clock;

    /// <summary>Where events go.</summary>
    public IQapiEventSink Events => Context.Events;

    /// <summary>The QEMU release to behave like.</summary>
    public VersionProfile Profile => Context.Profile;

    /// <summary>The node graph.</summary>
    public BlockGraph Graph { get; }

    /// <summary>The throttle groups.</summary>
    public ThrottleGroups ThrottleGroups { get; }

    /// <summary>The descriptors that clients have passed, by which files can be opened.</summary>
    public DescriptorSets Descriptors { get; } = new();

    /// <summary>The block exports, of all kinds that were registered.</summary>
    public ExportManager Exports { get; }

    /// <summary>The jobs.</summary>
    public JobManager Jobs { get; }
}
