using QmpHost.Block.Drivers;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs;
using QmpHost.Qapi;

namespace QmpHost.Block.Hosting;

/// <summary>What every part of one host's block layer shares: its loop, clock, event sink, version profile and graph.</summary>
/// <remarks>Used on the host's <see cref="Loop"/> only.</remarks>
public sealed class BlockLayer
{
    /// <summary>Makes an empty block layer.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="clock">The clock that rate limits, throttling and time-outs follow.</param>
    /// <param name="events">Where events go.</param>
    /// <param name="profile">The QEMU release to behave like.</param>
    public BlockLayer(EventLoop loop, TimeProvider clock, IQapiEventSink events, VersionProfile profile)
    {
        Loop = loop;
        Clock = clock;
        Events = events;
        Profile = profile;
        Graph = new BlockGraph(this);
        Jobs = new JobManager(this);
        ThrottleGroups = new ThrottleGroups(this);
        StandardDrivers.Register(Graph.Drivers);
    }

    /// <summary>Raised, on the loop, for advice that concerns whoever runs the program rather than a client.</summary>
    public event Action<string>? Warning;

    /// <summary>Raised, on the loop, for a failure of which no client is told.</summary>
    public event Action<string>? Failure;

    /// <summary>Raised, on the loop, for a failure within a request, of which QEMU does not know which monitor caused it.</summary>
    public event Action<string>? RequestFailure;

    /// <summary>Raised, on the loop, for a line that belongs on the program's standard error as it is.</summary>
    public event Action<string>? Remarked;

    /// <summary>Raised, on the loop, for text that belongs on the program's standard output, line ends included.</summary>
    public event Action<string>? Printed;

    /// <summary>The host's loop.</summary>
    public EventLoop Loop { get; }

    /// <summary>The clock that rate limits, throttling and time-outs follow.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Where events go.</summary>
    public IQapiEventSink Events { get; }

    /// <summary>The QEMU release to behave like.</summary>
    public VersionProfile Profile { get; }

    /// <summary>The node graph.</summary>
    public BlockGraph Graph { get; }

    /// <summary>The throttle groups.</summary>
    public ThrottleGroups ThrottleGroups { get; }

    /// <summary>The descriptors that clients have passed, by which files can be opened.</summary>
    public DescriptorSets Descriptors { get; } = new();

    /// <summary>The jobs.</summary>
    public JobManager Jobs { get; }

    /// <summary>The host around the block layer; none unless set.</summary>
    public IBlockSurroundings Surroundings { get; init; } = new NoSurroundings();

    /// <summary>Gives advice to whoever runs the program.</summary>
    /// <param name="text">The advice, without a prefix or line end.</param>
    public void Warn(string text) => Warning?.Invoke(text);

    /// <summary>Tells whoever runs the program of a failure of which no client is told.</summary>
    /// <param name="text">What failed, without a prefix or line end.</param>
    public void ReportFailure(string text) => Failure?.Invoke(text);

    /// <summary>Tells whoever runs the program of a failure within a request, of which no client is told.</summary>
    /// <param name="text">What failed, without a prefix or line end.</param>
    public void ReportRequestFailure(string text) => RequestFailure?.Invoke(text);

    /// <summary>Tells whoever runs the program what is found and done, without saying who tells it.</summary>
    /// <param name="text">The line, without a line end.</param>
    public void Remark(string text) => Remarked?.Invoke(text);

    /// <summary>Prints text on the program's standard output, as debugging aids do.</summary>
    /// <param name="text">The text with its line ends.</param>
    public void Print(string text) => Printed?.Invoke(text);
}
