using System.Text.Json.Nodes;
using QmpHost.Client;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>A running host as scenarios see it: commands, events in their order, and the logged forms of both.</summary>
public sealed class ScenarioHost : IAsyncDisposable
{
    private readonly ISessionHost _host;
    private readonly QmpClient _client;
    private readonly ScenarioLog _log;
    private readonly TimeSpan _timeout;

    private ScenarioHost(ISessionHost host, QmpClient client, ScenarioLog log, TimeSpan timeout)
    {
        _host = host;
        _client = client;
        _log = log;
        _timeout = timeout;
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

        using var patience = new CancellationTokenSource(timeout);
        QmpClient client = await QmpClient.AttachAsync(monitor, cancellationToken: patience.Token);
        await client.NegotiateAsync(cancellationToken: patience.Token);
        return new ScenarioHost(host, client, log, timeout);
    }

    /// <summary>Executes a command; the result is the whole reply, which may be an error.</summary>
    public async Task<JsonObject> ExecuteAsync(string command, JsonObject? arguments = null)
    {
        QDict? dict = arguments is null ? null : (QDict)JsonParser.Parse(arguments.ToJsonString());
        using var patience = new CancellationTokenSource(_timeout);
        try
        {
            QObject result = await _client.ExecuteAsync(command, dict, cancellationToken: patience.Token);
            return new JsonObject { ["return"] = ToJson(result) };
        }
        catch (QmpException e)
        {
            return new JsonObject { ["error"] = new JsonObject { ["class"] = e.ErrorClass.ToString(), ["desc"] = e.Message } };
        }
        catch (Exception e) when (e is OperationCanceledException or QmpConnectionException)
        {
            throw new SessionException($"no reply to {command}: {e.Message}\n{_host.StandardError}", e);
        }
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

    /// <summary>Runs a <c>qemu-io</c> command and logs it and its reply.</summary>
    public async Task LogQemuIoAsync(string node, string command)
    {
        _log.Line($"{node}: {command}");
        _log.Json(await QemuIoAsync(node, command));
    }

    /// <summary>Takes events until one of this name, and logs that one.</summary>
    public async Task LogEventAsync(string name)
    {
        JsonObject message;
        do
        {
            message = await NextEventAsync();
        }
        while ((string?)message["event"] != name);
        _log.Json(message);
    }

    /// <summary>Waits until the host has written this text to its standard output.</summary>
    public async Task WaitForOutputAsync(string text)
    {
        using var timeout = new CancellationTokenSource(_timeout);
        while (!_host.StandardOutput.Contains(text, StringComparison.Ordinal))
        {
            if (timeout.IsCancellationRequested)
            {
                throw new SessionException($"'{text}' was not printed; there is:\n{_host.StandardOutput}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), CancellationToken.None);
        }
    }

    /// <summary>The next event that no one has taken.</summary>
    public async Task<JsonObject> NextEventAsync()
    {
        try
        {
            return (JsonObject)ToJson((await _client.WaitForEventAsync(static _ => true, _timeout)).Raw)!;
        }
        catch (Exception e) when (e is TimeoutException or QmpConnectionException)
        {
            throw new SessionException($"waiting for an event: {e.Message}\n{_host.StandardError}", e);
        }
    }

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
        await _client.DisposeAsync();
        await _host.DisposeAsync();
    }

    private static JsonNode? ToJson(QObject value) => JsonNode.Parse(value.ToString());
}
