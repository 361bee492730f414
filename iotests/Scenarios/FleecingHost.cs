using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// The host of a fleecing scenario: a machine with a SCSI disk <c>hd0</c> on node <c>disk</c>, and an NBD server.
/// </summary>
public sealed class FleecingHost : IAsyncDisposable
{
    /// <summary>Size of the disk in bytes.</summary>
    public const long Size = 4 * 1024 * 1024;

    private const long Cluster = 64 * 1024;

    private readonly ScenarioContext _context;

    private FleecingHost(ScenarioContext context, ScenarioHost host)
    {
        _context = context;
        Host = host;
    }

    /// <summary>The host.</summary>
    public ScenarioHost Host { get; }

    /// <summary>The NBD server's socket.</summary>
    public string Socket => _context.PathOf("nbd");

    /// <summary>Makes the disk (0x11 in its first half), starts the machine and the server.</summary>
    /// <param name="context">The scenario.</param>
    /// <param name="withBreakpoints">Puts a <c>blkdebug</c> node under the disk, which is raw then.</param>
    public static async Task<FleecingHost> StartAsync(ScenarioContext context, bool withBreakpoints = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        string format = withBreakpoints ? "raw" : "qcow2";
        string file = withBreakpoints ? "file.driver=blkdebug,file.image" : "file";
        await context.CreateImageAsync(format, "disk", Size, (0x11, 0, Size / 2));
        ScenarioHost host = await context.StartAsync(
            "-machine", "pc",
            "-blockdev", $"driver={format},node-name=disk,{file}.driver=file,{file}.filename={context.PathOf("disk")}",
            "-device", "virtio-scsi,id=scsi0",
            "-device", "scsi-hd,id=hd0,drive=disk,bus=scsi0.0");
        var fleecing = new FleecingHost(context, host);
        await host.ExecuteAsync("nbd-server-start", new JsonObject
        {
            ["addr"] = new JsonObject { ["type"] = "unix", ["data"] = new JsonObject { ["path"] = fleecing.Socket } },
        });
        return fleecing;
    }

    /// <summary>Makes a scratch image and adds it as node <c>scratch</c>.</summary>
    public async Task AddScratchAsync(string format, string? backing = null)
    {
        var node = new JsonObject { ["driver"] = format, ["node-name"] = "scratch", ["discard"] = "unmap" };
        if (format == "null-co")
        {
            node["size"] = Size;
            node["read-zeroes"] = true;
        }
        else
        {
            await _context.CreateImageAsync(format, "scratch", Size);
            node["file"] = new JsonObject { ["driver"] = "file", ["filename"] = _context.PathOf("scratch"), ["discard"] = "unmap" };
        }

        if (backing is not null)
        {
            node["backing"] = backing;
        }

        await Host.LogAsync("blockdev-add", node);
    }

    /// <summary>Adds the filter <c>cbw</c> over the disk.</summary>
    public Task<JsonObject> AddFilterAsync(params (string Name, JsonNode Value)[] options)
    {
        var node = new JsonObject { ["driver"] = "copy-before-write", ["node-name"] = "cbw", ["file"] = "disk", ["target"] = "scratch" };
        foreach ((string name, JsonNode value) in options)
        {
            node[name] = value;
        }

        return Host.LogAsync("blockdev-add", node);
    }

    /// <summary>Adds the frozen view <c>snapshot</c> over the filter.</summary>
    public Task<JsonObject> AddSnapshotAsync() => Host.LogAsync(
        "blockdev-add", new JsonObject { ["driver"] = "snapshot-access", ["node-name"] = "snapshot", ["file"] = "cbw", ["discard"] = "unmap" });

    /// <summary>Moves the guest's disk to another node.</summary>
    public Task<JsonObject> SwitchDeviceAsync(string node) => Host.LogAsync(
        "qom-set", new JsonObject { ["path"] = "/machine/peripheral/hd0", ["property"] = "drive", ["value"] = node });

    /// <summary>Exports a node under the name <c>frozen</c>.</summary>
    public Task<JsonObject> ExportAsync(string node, params (string Name, JsonNode Value)[] options)
    {
        var export = new JsonObject { ["type"] = "nbd", ["id"] = "export", ["node-name"] = node, ["name"] = "frozen" };
        foreach ((string name, JsonNode value) in options)
        {
            export[name] = value;
        }

        return Host.LogAsync("block-export-add", export);
    }

    /// <summary>Removes the export and waits until it is gone.</summary>
    public async Task RemoveExportAsync()
    {
        await Host.LogAsync("block-export-del", new JsonObject { ["id"] = "export" });
        await Host.LogEventAsync("BLOCK_EXPORT_DELETED");
    }

    /// <summary>Removes nodes in this order.</summary>
    public async Task RemoveNodesAsync(params string[] nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        foreach (string node in nodes)
        {
            await Host.LogAsync("blockdev-del", new JsonObject { ["node-name"] = node });
        }
    }

    /// <summary>What the guest does to its disk.</summary>
    public Task GuestAsync(string command)
    {
        _context.Log.Line("guest: " + command);
        return Host.ExecuteAsync("human-monitor-command", new JsonObject
        {
            ["command-line"] = $"qemu-io -d /machine/peripheral/hd0 \"{command}\"",
        });
    }

    /// <summary>Connects a client to the export.</summary>
    public Task<NbdClient> ConnectAsync(bool writable = false, string? dirtyBitmap = null) =>
        NbdClient.ConnectAsync(_context, Socket, "frozen", writable, dirtyBitmap);

    /// <summary>
    /// A client that checks that the whole disk is as it was at the start; nothing is printed unless it is not. It reads
    /// cluster by cluster: QEMU 7.2 returns wrong data from a frozen view where one read crosses the edge between what was
    /// copied and what was not, and that is nothing to be compared with.
    /// </summary>
    public async Task CheckFrozenAsync()
    {
        _context.Log.Line("client: read everything");
        await using NbdClient client = await ConnectAsync();
        for (long offset = 0; offset < Size; offset += Cluster)
        {
            await client.RunAsync($"read -q -P {(offset < Size / 2 ? 0x11 : 0)} {offset} {Cluster}");
        }
    }

    /// <summary>Counts of the dirty bitmaps of some nodes, in the order of their listing.</summary>
    public async Task LogBitmapsAsync(params string[] nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        JsonObject reply = await Host.ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true });
        foreach (string name in nodes)
        {
            JsonNode? node = ((JsonArray)reply["return"]!).FirstOrDefault(n => (string?)n!["node-name"] == name);
            _context.Log.Line($"bitmaps of {name}: {PythonJson.Line(node?["dirty-bitmaps"])}");
        }
    }

    /// <summary>Ends the host and logs what it printed.</summary>
    public async Task ShutDownAsync()
    {
        await Host.ShutDownAsync();
        _context.Log.Output(Host.StandardOutput);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
