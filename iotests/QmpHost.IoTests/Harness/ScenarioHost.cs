using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>A running host as scenarios see it: commands, events in their order, and the logged forms of both.</summary>
public sealed class ScenarioHost : IAsyncDisposable
{
    private readonly ISessionHost _host;
    private readonly Stream _monitor;
    private readonly ScenarioLog _log;
    private readonly TimeSpan _timeout;
    private readonly Channel<JsonObject> _replies = Channel.CreateUnbounded<JsonObject>();
    private readonly Channel<JsonObject> _events = Channel.CreateUnbounded<JsonObject>();
    private readonly Task _reading;

    private ScenarioHost(ISessionHost host, Stream monitor, ScenarioLog log, TimeSpan timeout)
    {
        _host = host;
        _monitor = monitor;
        _log = log;
        _timeout = timeout;
        _reading = ReadAsync();
    }

    /// <summary>What the host wrote to its standard output so far.</summary>
    public string StandardOutput => _host.StandardOutput;

    /// <summary>Takes over a started host and negotiates capabilities.</summary>
    /// <exception cref="SessionException">The host ended at once.</exception>
    public static async Task<ScenarioHost> ConnectAsync(ISessionHost host, ScenarioLog log, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!host.Monitors.TryGetValue("qmp", out Stream? monitor))
        {
            int code = await host.Exit;
            throw new SessionException($"the host ended with exit code {code}: {host.StandardError}");
        }

        var client = new ScenarioHost(host, monitor, log, timeout);
        await client.ExecuteAsync("qmp_capabilities");
        return client;
    }

    /// <summary>Executes a command; the result is the whole reply, which may be an error.</summary>
    public async Task<JsonObject> ExecuteAsync(string command, JsonObject? arguments = null)
    {
        var request = new JsonObject { ["execute"] = command };
        if (arguments is not null)
        {
            request["arguments"] = arguments.DeepClone();
        }

        await _monitor.WriteAsync(Encoding.UTF8.GetBytes(request.ToJsonString()));
        return await NextAsync(_replies, "the reply to " + command);
    }

    /// <summary>Executes a command and logs it and its reply.</summary>
    public async Task<JsonObject> LogAsync(string command, JsonObject? arguments = null)
    {
        _log.Command(command, arguments);
        JsonObject reply = await ExecuteAsync(command, arguments);
        _log.Json(reply);
        return reply;
    }

    /// <summary>Runs a <c>qemu-io</c> command on a node through the human monitor.</summary>
    public Task<JsonObject> QemuIoAsync(string node, string command) => ExecuteAsync(
        "human-monitor-command",
        new JsonObject { ["command-line"] = $"qemu-io {node} \"{command}\"" });

    /// <summary>The next event that no one has taken.</summary>
    public Task<JsonObject> NextEventAsync() => NextAsync(_events, "an event");

    /// <summary>Ends the host in an orderly way and waits for it.</summary>
    /// <exception cref="SessionException">It ended with an error.</exception>
    public async Task ShutDownAsync()
    {
        await ExecuteAsync("quit");
        int code = await _host.Exit.WaitAsync(_timeout);
        if (code != 0)
        {
            throw new SessionException($"the host ended with exit code {code}: {_host.StandardError}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _monitor.DisposeAsync();
        await _reading;
    }

    private async Task<JsonObject> NextAsync(Channel<JsonObject> channel, string what)
    {
        using var timeout = new CancellationTokenSource(_timeout);
        try
        {
            return await channel.Reader.ReadAsync(timeout.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new SessionException($"waiting for {what}: {e.Message}\n{_host.StandardError}", e);
        }
    }

    private async Task ReadAsync()
    {
        var splitter = new QmpMessageSplitter();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int count;
            while ((count = await _monitor.ReadAsync(buffer)) > 0)
            {
                foreach (byte[] bytes in splitter.Push(buffer.AsSpan(0, count)))
                {
                    Dispatch(QmpMessage.Parse(bytes));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The connection ends with the host.
        }

        _replies.Writer.TryComplete();
        _events.Writer.TryComplete();
    }

    private void Dispatch(QmpMessage message)
    {
        Channel<JsonObject>? channel = message.Kind switch
        {
            QmpMessageKind.Reply => _replies,
            QmpMessageKind.Event => _events,
            _ => null,
        };
        channel?.Writer.TryWrite((JsonObject)JsonNode.Parse(message.Text)!);
    }
}
