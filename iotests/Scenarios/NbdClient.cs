using System.Globalization;
using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// A client of an NBD export: a host of its own with an <c>nbd</c> node. What it reads is printed by its <c>qemu-io</c>, and
/// goes to the log when the client leaves.
/// </summary>
public sealed class NbdClient : IAsyncDisposable
{
    private readonly ScenarioLog _log;
    private readonly ScenarioHost _host;

    private NbdClient(ScenarioLog log, ScenarioHost host)
    {
        _log = log;
        _host = host;
    }

    /// <summary>Connects to an export.</summary>
    /// <param name="context">The scenario.</param>
    /// <param name="socket">Path of the server's socket.</param>
    /// <param name="export">Name of the export.</param>
    /// <param name="writable">Whether to open it for writing.</param>
    /// <param name="dirtyBitmap">A metadata context to take for the allocation status, or null.</param>
    public static async Task<NbdClient> ConnectAsync(
        ScenarioContext context, string socket, string export, bool writable = false, string? dirtyBitmap = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ScenarioHost host = await context.StartAsync();
        var node = new JsonObject
        {
            ["driver"] = "nbd",
            ["node-name"] = "nbd",
            ["server"] = new JsonObject { ["type"] = "unix", ["path"] = socket },
            ["export"] = export,
            ["read-only"] = !writable,
            ["discard"] = "unmap",
        };
        if (dirtyBitmap is not null)
        {
            node["x-dirty-bitmap"] = dirtyBitmap;
        }

        JsonObject reply = await host.ExecuteAsync("blockdev-add", node);
        if (!reply.ContainsKey("return"))
        {
            context.Log.Json(reply);
        }

        return new NbdClient(context.Log, host);
    }

    /// <summary>Runs any command of <c>qemu-io</c> on the export.</summary>
    public async Task RunAsync(string command)
    {
        JsonObject reply = await _host.QemuIoAsync("nbd", command);
        if ((string?)reply["return"] != string.Empty)
        {
            _log.Json(reply);
        }
    }

    /// <summary>Reads a range and checks every byte; null for no check.</summary>
    public Task ReadAsync(byte? pattern, long offset, long length) => RunAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"read {(pattern is null ? string.Empty : $"-P {pattern} ")}{offset} {length}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.ShutDownAsync();
        _log.Output(_host.StandardOutput);
        await _host.DisposeAsync();
    }
}
