using System.Text.Json;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Control.Matching;
using QmpHost.Control.Rules;
using QmpHost.Hosting.Guests;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Rpc;

/// <summary>The objects that methods take.</summary>
internal static class Shapes
{
    public static readonly Shape<RequestMatch> Request = new("request", "Which requests to nodes are meant; names are patterns with * and ?.",
        new("node", "string", "The node's name.", static (m, v) => m with { Node = v.GetString() }),
        new("driver", "string", "The node's driver.", static (m, v) => m with { Driver = v.GetString() }),
        new("file", "string", "The name of the node's file.", static (m, v) => m with { File = v.GetString() }),
        new("device", "string", "The id of the device whose root the node is, or the name of its drive.", static (m, v) => m with { Device = v.GetString() }),
        new("export", "string", "An export of the node.", static (m, v) => m with { Export = v.GetString() }),
        new("job", "string", "A job that works on the node.", static (m, v) => m with { Job = v.GetString() }),
        new("kinds", "array", "read, write, write-zeroes, discard, flush, truncate, block-status; any where none is given.",
            static (m, v) => m with { Kinds = [.. v.EnumerateArray().Select(static kind => Enumeration<NodeRequestKind>(kind))] }),
        new("offset", "integer", "Start in bytes of the area that is touched.", static (m, v) => m with { Offset = v.GetInt64() }),
        new("bytes", "integer", "Length in bytes of that area.", static (m, v) => m with { Bytes = v.GetInt64() }));

    public static readonly Shape<ConversationMatch> Command = new("command", "Which commands, or replies to them, are meant.",
        new("command", "string", "The command's name; a pattern.", static (m, v) => m with { Command = v.GetString() }),
        new("arguments", "object", "Members that its arguments have; strings are patterns.", static (m, v) => m with { Arguments = Dict(v) }),
        new("client", "integer", "The number of the client's connection, from 1.", static (m, v) => m with { Client = v.GetInt32() }));

    public static readonly Shape<EventMatch> Event = new("event", "Which events are meant.",
        new("name", "string", "The event's name; a pattern.", static (m, v) => m with { Name = v.GetString() }),
        new("data", "object", "Members that its data have; strings are patterns.", static (m, v) => m with { Data = Dict(v) }),
        new("client", "integer", "The number of the client's connection, from 1.", static (m, v) => m with { Client = v.GetInt32() }));

    public static readonly Shape<JobMatch> Job = new("job", "Which jobs are meant.",
        new("id", "string", "The job's id; a pattern.", static (m, v) => m with { Id = v.GetString() }),
        new("type", "string", "The job's type; a pattern.", static (m, v) => m with { Type = v.GetString() }));

    public static readonly Shape<WireMatch> Wire = new("wire", "Which connections are meant.",
        new ShapeField<WireMatch>("client", "integer", "The number of the client's connection, from 1; any without it.", static (m, v) => m with { Client = v.GetInt32() }));

    public static readonly Shape<Occurrence> When = new("when", "Which of the matches count; all without it.",
        new("nth", "integer", "Only this one, from 1.", static (m, v) => m with { Nth = v.GetInt32() }),
        new("every", "integer", "Every so manyth one.", static (m, v) => m with { Every = v.GetInt32() }),
        new("times", "integer", "No more than so many.", static (m, v) => m with { Times = v.GetInt32() }),
        new("probability", "number", "Each with this probability.", static (m, v) => m with { Probability = v.GetDouble() }),
        new("seed", "integer", "Decides which; the same each time.", static (m, v) => m with { Seed = v.GetInt32() }));

    public static readonly Shape<FaultRule> Rule = new("rule", "A rule by which a host fails: one of request, command, reply, event and wire says where, when which of the matches count, the rest what happens.",
        new("name", "string", "Its name, for whoever lists rules.", static (r, v) => r with { Name = v.GetString() }),
        new("request", "request", "Requests to nodes.", static (r, v) => r with { Request = Request.Read(v) }),
        new("command", "command", "Commands before they run.", static (r, v) => r with { Command = Command.Read(v) }),
        new("reply", "command", "Replies to commands that have run.", static (r, v) => r with { Reply = Command.Read(v) }),
        new("event", "event", "Events on their way to a client.", static (r, v) => r with { Event = Event.Read(v) }),
        new("wire", "wire", "Connections of clients.", static (r, v) => r with { Wire = Wire.Read(v) }),
        new("when", "when", "Which of the matches count.", static (r, v) => r with { When = When.Read(v) }),
        new("errno", "string", "The error of a request, such as EIO.", static (r, v) => r with { Errno = Enum.Parse<Errno>(v.GetString()!) }),
        new("short", "integer", "How many bytes of a request are carried out.", static (r, v) => r with { Short = v.GetInt64() }),
        new("fullAfter", "integer", "After how many bytes the disk is full.", static (r, v) => r with { FullAfter = v.GetInt64() }),
        new("latency", "number", "Milliseconds that it takes, on the host's clock.", static (r, v) => r with { Latency = TimeSpan.FromMilliseconds(v.GetDouble()) }),
        new("error", "object", "The error that is answered: {\"class\": ..., \"desc\": ...}.", static (r, v) => r with { Error = Error(v) }),
        new("return", "object", "The result that is answered.", static (r, v) => r with { Return = JsonParser.Parse(v.GetRawText()) }),
        new("never", "boolean", "Whether there is never an answer.", static (r, v) => r with { Never = v.GetBoolean() }),
        new("repeat", "integer", "How many times an event comes.", static (r, v) => r with { Repeat = v.GetInt32() }),
        new("drop", "string", "Where the connection ends: before, within, after the reply.", static (r, v) => r with { Drop = Enumeration<DropPoint>(v) }),
        new("split", "integer", "How many bytes at most are sent at once.", static (r, v) => r with { Split = v.GetInt32() }),
        new("merge", "integer", "How many messages are sent at once.", static (r, v) => r with { Merge = v.GetInt32() }),
        new("cutAfter", "integer", "After how many bytes the connection ends.", static (r, v) => r with { CutAfter = v.GetInt64() }),
        new("early", "object", "An event before the greeting: {\"name\": ..., \"data\": ...}.", static (r, v) => r with { Early = Early(v) }));

    public static readonly Shape<GuestWorkload> Workload = new("workload", "What a guest does to its disk over time: the same for the same numbers.",
        new("seed", "integer", "Decides its choices; 1 by default.", static (w, v) => w with { Seed = v.GetInt32() }),
        new("rate", "number", "Requests in a second of the host's clock, at even distances; 100 by default.", static (w, v) => w with { RequestsPerSecond = v.GetDouble() }),
        new("blockSizes", "array", "The lengths of requests in bytes, all as likely; 4096 by default.",
            static (w, v) => w with { BlockSizes = [.. v.EnumerateArray().Select(static size => size.GetInt32())] }),
        new("reads", "number", "Which part of the requests read, 0 to 1; the others write. 0 by default.", static (w, v) => w with { ReadShare = Share(v) }),
        new("hotSet", "number", "How large the part of the disk is, from its beginning, that most requests go to; 0 to 1.", static (w, v) => w with { HotSetShare = Share(v) }),
        new("hotRequests", "number", "Which part of the requests go there, 0 to 1.", static (w, v) => w with { HotRequestShare = Share(v) }),
        new("flushEvery", "integer", "After how many writes it flushes; never without it.", static (w, v) => w with { WritesBetweenFlushes = v.GetInt32() }),
        new("requests", "integer", "After how many requests it ends; never without it.", static (w, v) => w with { RequestCount = v.GetInt64() }));

    /// <summary>All of them, for the documentation.</summary>
    public static IReadOnlyList<IShape> All { get; } = [Request, Command, Event, Job, Wire, When, Rule, Workload];

    private static QDict Dict(JsonElement value) => (QDict)JsonParser.Parse(value.GetRawText());

    private static double Share(JsonElement value) => value.GetDouble() is >= 0 and <= 1 and var share ? share : throw new FormatException();

    // Values of enumerations are written in small letters with dashes.
    private static T Enumeration<T>(JsonElement value)
        where T : struct, Enum
        => Enum.TryParse(value.GetString()!.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true, out T result)
            ? result
            : throw new FormatException();

    private static RuleError Error(JsonElement value) => new(
        value.TryGetProperty("desc", out JsonElement desc) ? desc.GetString()! : throw new FormatException(),
        value.TryGetProperty("class", out JsonElement name) ? Enumeration<QmpErrorClass>(name) : QmpErrorClass.GenericError);

    private static RuleEvent Early(JsonElement value) => new(
        value.TryGetProperty("name", out JsonElement name) ? name.GetString()! : throw new FormatException(),
        value.TryGetProperty("data", out JsonElement data) ? Dict(data) : null);
}
