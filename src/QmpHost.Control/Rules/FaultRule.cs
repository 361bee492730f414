using QmpHost.Block.Core;
using QmpHost.Control.Matching;
using QmpHost.Qapi;

namespace QmpHost.Control.Rules;

/// <summary>
/// A rule by which a host fails: one of <see cref="Request"/>, <see cref="Command"/>, <see cref="Reply"/>, <see cref="Event"/> and
/// <see cref="Wire"/> says where, <see cref="When"/> which of the matches count, the rest what happens.
/// </summary>
public sealed record FaultRule
{
    /// <summary>Its name, for whoever lists rules.</summary>
    public string? Name { get; init; }

    /// <summary>Requests to nodes. Effects: <see cref="Errno"/>, <see cref="Short"/>, <see cref="FullAfter"/>, <see cref="Latency"/>.</summary>
    public RequestMatch? Request { get; init; }

    /// <summary>Commands before they run. Effects: <see cref="Error"/>, <see cref="Return"/>, <see cref="Never"/>, <see cref="Latency"/>, <see cref="Drop"/> (before).</summary>
    public ConversationMatch? Command { get; init; }

    /// <summary>Replies to commands that have run. Effects: <see cref="Never"/>, <see cref="Latency"/>, <see cref="Drop"/>.</summary>
    public ConversationMatch? Reply { get; init; }

    /// <summary>Events on their way to a client. Effects: <see cref="Repeat"/>, <see cref="Latency"/>.</summary>
    public EventMatch? Event { get; init; }

    /// <summary>Connections of clients. Effects: <see cref="Split"/>, <see cref="Merge"/>, <see cref="CutAfter"/>, <see cref="Early"/>.</summary>
    public WireMatch? Wire { get; init; }

    /// <summary>Which of the matches count; all by default.</summary>
    public Occurrence When { get; init; } = new();

    /// <summary>The error with which a request fails; the number of it has to be known, such as EIO.</summary>
    public Errno? Errno { get; init; }

    /// <summary>How many bytes of a request are carried out: before it fails, or, without an error, as if that were all.</summary>
    public long? Short { get; init; }

    /// <summary>How many bytes all requests together may write before the disk is full: that which goes beyond is torn and fails with ENOSPC.</summary>
    public long? FullAfter { get; init; }

    /// <summary>How long it takes, on the host's clock.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>The error that is answered.</summary>
    public RuleError? Error { get; init; }

    /// <summary>The result that is answered.</summary>
    public QObject? Return { get; init; }

    /// <summary>Whether there is never an answer: a command is not executed then, the reply to one that was is lost.</summary>
    public bool Never { get; init; }

    /// <summary>How many times an event comes: 0 for never, 2 for twice.</summary>
    public int? Repeat { get; init; }

    /// <summary>Where the connection ends.</summary>
    public DropPoint? Drop { get; init; }

    /// <summary>How many bytes at most are sent at once.</summary>
    public int? Split { get; init; }

    /// <summary>How many messages are waited for until they are sent at once.</summary>
    public int? Merge { get; init; }

    /// <summary>After how many bytes the connection ends.</summary>
    public long? CutAfter { get; init; }

    /// <summary>An event that comes before the greeting.</summary>
    public RuleEvent? Early { get; init; }
}
