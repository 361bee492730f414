using System.IO.Pipelines;
using Nerdbank.Streams;
using QmpHost.Block.Loop;
using QmpHost.Protocol.Chardev;
using QmpHost.Protocol.Server;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>An event loop with monitors, and clients in memory.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly List<RawClient> _clients = [];

    public TestHost(TimeProvider? timeProvider = null, bool withDoor = true, VersionProfile? profile = null)
    {
        Loop.UnhandledException += Errors.Add;
        Server = new MonitorServer(new QmpServerOptions
        {
            EventLoop = Loop,
            Dispatcher = Commands,
            TryRun = withDoor ? Loop.TryRun : null,
            TimeProvider = timeProvider ?? TimeProvider.System,
            UnexpectedError = Errors.Add,
            LimitedEvents = new Dictionary<string, string?> { ["LIMITED"] = null, ["LIMITED_BY_ID"] = "id" },
            Profile = profile ?? VersionProfile.Default,
        });
    }

    public EventLoop Loop { get; } = new();

    public TestCommands Commands { get; } = new();

    public MonitorServer Server { get; }

    public List<Exception> Errors { get; } = [];

    /// <summary>Connects a client and reads the greeting.</summary>
    public async Task<RawClient> ConnectAsync(bool pretty = false)
    {
        RawClient client = Connect(pretty);
        if (!pretty)
        {
            await client.ReadLineAsync();
        }

        return client;
    }

    /// <summary>Connects a client.</summary>
    public RawClient Connect(bool pretty = false)
    {
        (IDuplexPipe mine, IDuplexPipe theirs) = FullDuplexStream.CreatePipePair();
        var client = new RawClient(mine, ServeAsync(new PipeConnection(theirs), pretty));
        _clients.Add(client);
        return client;
    }

    /// <summary>Connects a client and negotiates.</summary>
    public async Task<RawClient> NegotiateAsync(bool oob = false)
    {
        RawClient client = await ConnectAsync();
        await client.SendAsync(oob ? "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}" : "{'execute': 'qmp_capabilities'}");
        await client.ReadLineAsync();
        return client;
    }

    public Task OnLoopAsync(Action action) => Loop.InvokeAsync(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>Lets the loop turn until a condition holds there.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await Loop.InvokeAsync(() => Task.FromResult(condition())))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Loop.InvokeAsync(async () => await Server.DisposeAsync());
        foreach (RawClient client in _clients)
        {
            await client.DisposeAsync();
        }
    }

    private async Task ServeAsync(CharacterConnection connection, bool pretty)
    {
        await Server.ServeAsync(connection, pretty);
        await connection.DisposeAsync();
    }
}
