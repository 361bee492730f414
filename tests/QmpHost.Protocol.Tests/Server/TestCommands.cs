using QmpHost.Protocol.Server;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>Commands enough to converse, some of which wait until a test says so.</summary>
public sealed class TestCommands : IQmpCommandDispatcher
{
    private static readonly QObject Version = Parse("{'qemu': {'major': 7, 'minor': 2, 'micro': 22}, 'package': 'Debian 1:7.2+dfsg-7+deb12u18+b3'}");

    private readonly Dictionary<string, CommandDescriptor> _commands = new(StringComparer.Ordinal);

    public TestCommands()
    {
        Add("qmp_capabilities", Negotiate);
        Add("query-version", NoArguments(QapiResult.From(Version)));
        Add("query-name", NoArguments(QapiResult.From(new QDict())));
        Add("wait", WaitAsync);
        Add("oob-now", (_, _) => new(QapiResult.From("now")), allowOob: true);
        Add("oob-wait", WaitAsync, allowOob: true);
        Add("fill", (a, _) => new(QapiResult.From(new string('x', (int)((QNum)((QDict)a!)["length"]).AsDouble))));
        Add("break", (_, _) => throw new InvalidOperationException("broken"));
        Add("note", Note);
    }

    /// <summary>Ends the oldest command that waits.</summary>
    public Queue<TaskCompletionSource> Waiting { get; } = new();

    /// <summary>The names of commands in the order in which they were begun.</summary>
    public List<string> Begun { get; } = [];

    /// <summary>The texts given to "note".</summary>
    public List<string> Notes { get; } = [];

    public CommandDescriptor? Find(string name) => _commands.GetValueOrDefault(name);

    public void Add(string name, Func<QObject?, CommandContext, ValueTask<QapiResult>> invoke, bool allowOob = false) =>
        _commands.Add(name, new CommandDescriptor(name, (a, c) => Begin(name, a, c, invoke)) { AllowOob = allowOob });

    private static QObject Parse(string text) => JsonParser.Parse(text);

    private static ValueTask<QapiResult> Negotiate(QObject? arguments, CommandContext context)
    {
        QmpCapabilitiesArguments read = QmpCapabilitiesArguments.Visit(new QapiInputVisitor(context.Profile), null, arguments ?? new QDict());
        context.Session!.CompleteNegotiation(read.Enable?.Contains(QMPCapability.Oob) ?? false);
        return default;
    }

    private static Func<QObject?, CommandContext, ValueTask<QapiResult>> NoArguments(QapiResult result) => (arguments, context) =>
    {
        if (arguments is QDict { Count: > 0 } dict)
        {
            throw new QapiInputVisitor(context.Profile).Unexpected(dict, []);
        }

        return new(result);
    };

    private ValueTask<QapiResult> Begin(string name, QObject? arguments, CommandContext context, Func<QObject?, CommandContext, ValueTask<QapiResult>> invoke)
    {
        Begun.Add(name);
        return invoke(arguments, context);
    }

    private ValueTask<QapiResult> Note(QObject? arguments, CommandContext context)
    {
        Notes.Add(((QString)((QDict)arguments!)["text"]).Value);
        return default;
    }

    private async ValueTask<QapiResult> WaitAsync(QObject? arguments, CommandContext context)
    {
        var gate = new TaskCompletionSource();
        Waiting.Enqueue(gate);
        await gate.Task;
        return default;
    }
}
