using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QmpHost.Sessions;

/// <summary>A short-lived host that works on images for <see cref="HostImageTools"/>.</summary>
internal sealed class HostImageSession : IAsyncDisposable
{
    private readonly string _directory;
    private readonly ISessionHost _host;
    private readonly MonitorStream _monitor;

    private HostImageSession(string directory, ISessionHost host)
    {
        _directory = directory;
        _host = host;
        _monitor = new MonitorStream("tools", host.Monitors["tools"]);
    }

    public static async ValueTask<HostImageSession> StartAsync(ISessionTarget target, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory("qmphost-tools-").FullName;
        ISessionHost host = await target.StartAsync(
            new SessionStart
            {
                Program = SessionProgram.System,
                Arguments = [],
                Monitors = [new SessionMonitor("tools", string.Empty)],
                Directory = directory,
            },
            cancellationToken);
        var session = new HostImageSession(directory, host);
        await session.ExecuteAsync("qmp_capabilities", null, cancellationToken);
        return session;
    }

    /// <summary>Executes a command and returns its result; an error reply is an exception.</summary>
    public async ValueTask<JsonElement> ExecuteAsync(string command, JsonObject? arguments, CancellationToken cancellationToken)
    {
        var request = new JsonObject { ["execute"] = command };
        if (arguments is not null)
        {
            request["arguments"] = arguments;
        }

        await _monitor.SendAsync(Encoding.UTF8.GetBytes(request.ToJsonString()), cancellationToken);
        QmpMessage? message;
        do
        {
            message = await _monitor.NextAsync(cancellationToken);
        }
        while (message is { Kind: not QmpMessageKind.Reply });

        JsonElement result = default;
        return message?.Content.TryGetProperty("return", out result) == true
            ? result
            : throw new SessionException($"image tools: {request.ToJsonString()}: {message?.Text.Trim() ?? "connection closed"}");
    }

    public async ValueTask AddFileAsync(string node, string path, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            "blockdev-add",
            new JsonObject { ["driver"] = "file", ["node-name"] = node, ["filename"] = path },
            cancellationToken);

    public async ValueTask AddImageAsync(string node, ImageChain image, bool readOnly, CancellationToken cancellationToken)
    {
        JsonObject options = Describe(image);
        options["node-name"] = node;
        options["read-only"] = readOnly;
        await ExecuteAsync("blockdev-add", options, cancellationToken);
    }

    public async ValueTask<long> SizeAsync(string node, CancellationToken cancellationToken)
    {
        JsonElement nodes = await ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }, cancellationToken);
        return nodes.EnumerateArray()
            .First(n => n.GetProperty("node-name").GetString() == node)
            .GetProperty("image").GetProperty("virtual-size").GetInt64();
    }

    /// <summary>Waits until the job has concluded, dismisses it, and throws if it failed.</summary>
    public async ValueTask FinishJobAsync(string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            JsonElement jobs = await ExecuteAsync("query-jobs", null, cancellationToken);
            JsonElement job = jobs.EnumerateArray().First(j => j.GetProperty("id").GetString() == id);
            if (job.TryGetProperty("error", out JsonElement error))
            {
                throw new SessionException($"image tools: job {id}: {error.GetString()}");
            }

            if (job.GetProperty("status").GetString() == "concluded")
            {
                break;
            }
        }

        await ExecuteAsync("job-dismiss", new JsonObject { ["id"] = id }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync("quit", null, CancellationToken.None);
        await _host.Exit;
        await _monitor.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static JsonObject Describe(ImageChain image)
    {
        var options = new JsonObject
        {
            ["driver"] = image.Format,
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = image.Path },
        };
        if (image.Backing is not null)
        {
            options["backing"] = Describe(image.Backing);
        }

        return options;
    }
}
