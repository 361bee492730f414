using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Loop;

/// <summary>What every part of one host's block engine shares: its loop, clock, event sink, version profile and reports.</summary>
/// <param name="loop">The host's loop.</param>
/// <param name="clock">The clock that rate limits, throttling and time-outs follow.</param>
/// <param name="events">Where events go.</param>
/// <param name="profile">The QEMU release to behave like.</param>
/// <remarks>Used on the host's <see cref="Loop"/> only.</remarks>
public sealed class BlockContext(EventLoop loop, TimeProvider clock, IQapiEventSink events, VersionProfile profile)
{
    /// <summary>Raised, on the loop, for what concerns whoever runs the program rather than a client.</summary>
    public event Action<Report>? Reported;

    /// <summary>The host's loop.</summary>
    public EventLoop Loop => loop;

    /// <summary>Who may change graph, jobs, devices and exports, one at a time.</summary>
    public MainTurns Turns { get; } = new(loop);

    /// <summary>The clock that rate limits, throttling and time-outs follow.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Where events go.</summary>
    public IQapiEventSink Events => events;

    /// <summary>The QEMU release to behave like.</summary>
    public VersionProfile Profile => profile;

    /// <summary>Where the engine tells what it does, for those who look for the cause of something; nowhere unless set.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>The host around the block engine; none unless set.</summary>
    public IBlockSurroundings Surroundings { get; init; } = new NoSurroundings();

    /// <summary>Tells whoever runs the program something.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">The text, without a prefix or, unless it is output, a line end.</param>
    public void Report(ReportKind kind, string text) => Reported?.Invoke(new Report(kind, text));
}
