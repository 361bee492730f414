using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Scenarios;

/// <summary>The host of one part of scenario 257, its disk <c>drive0</c>, and backups of it.</summary>
public sealed class BackupDrive : IAsyncDisposable
{
    /// <summary>Size of the disk in bytes.</summary>
    public const long Size = 64 * 1024 * 1024;

    private readonly ScenarioContext _context;

    private BackupDrive(ScenarioContext context, ScenarioHost host)
    {
        _context = context;
        Host = host;
    }

    /// <summary>The host.</summary>
    public ScenarioHost Host { get; }

    /// <summary>Makes the image, starts the host and adds the disk, under a fault injector if asked for.</summary>
    public static async Task<BackupDrive> StartAsync(ScenarioContext context, bool withFault)
    {
        context.Log.Title("Preparing image & VM", "---");
        string path = context.PathOf("img");
        await context.Tools.CreateAsync(new ImageSpec("qcow2", path, Size, new Dictionary<string, string>()), default);

        ScenarioHost host = await context.StartAsync("-machine", "pc", "-device", "virtio-scsi,id=scsi0");
        var file = new JsonObject { ["driver"] = "file", ["filename"] = path };
        await host.LogAsync("blockdev-add", new JsonObject
        {
            ["node-name"] = "drive0",
            ["driver"] = "qcow2",
            ["file"] = withFault ? FailingSecondRead(file) : file,
        });
        return new BackupDrive(context, host);
    }

    /// <summary>The arguments of a backup of <c>drive0</c>.</summary>
    public static JsonObject BackupArguments(string job, string sync, string target) => new()
    {
        ["device"] = "drive0",
        ["filter-node-name"] = "backup-top",
        ["job-id"] = job,
        ["sync"] = sync,
        ["target"] = target,
        ["x-perf"] = new JsonObject { ["max-workers"] = 1 },
    };

    /// <summary>Makes and opens the image that a backup goes to.</summary>
    public Task CreateTargetAsync(string node, string file) =>
        Host.CreateImageAsync(_context.Log, node, _context.PathOf(file), "qcow2", Size);

    /// <summary>A full backup, to compare with.</summary>
    public async Task ReferenceBackupAsync(int number)
    {
        _context.Log.Title($"Reference Backup #{number}", "---");
        string target = $"ref_target_{number}";
        await CreateTargetAsync(target, $"fbackup{number}");
        await Host.LogAsync("blockdev-backup", BackupArguments($"ref_backup_{number}", "full", target));
        await Host.RunJobAsync(_context.Log, $"ref_backup_{number}");
    }

    /// <summary>All dirty bitmaps by node, nodes without any left out.</summary>
    public async Task<JsonObject> BitmapsAsync()
    {
        JsonObject reply = await Host.ExecuteAsync("query-named-block-nodes");
        var bitmaps = new JsonObject();
        foreach (JsonNode? node in (JsonArray)reply["return"]!)
        {
            if (node!["dirty-bitmaps"] is JsonArray { Count: > 0 } list)
            {
                bitmaps[(string)node["node-name"]!] = list.DeepClone();
            }
        }

        return new JsonObject { ["bitmaps"] = bitmaps };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Host.DisposeAsync();

    // A flush arms it: state 1 to 2; the read that follows moves to state 3; the next one fails.
    private static JsonObject FailingSecondRead(JsonObject image) => new()
    {
        ["driver"] = "blkdebug",
        ["image"] = image,
        ["set-state"] = new JsonArray(
            new JsonObject { ["event"] = "flush_to_disk", ["state"] = 1, ["new_state"] = 2 },
            new JsonObject { ["event"] = "read_aio", ["state"] = 2, ["new_state"] = 3 }),
        ["inject-error"] = new JsonArray(
            new JsonObject { ["event"] = "read_aio", ["errno"] = 5, ["state"] = 3, ["immediately"] = false, ["once"] = true }),
    };
}
