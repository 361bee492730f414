using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Incremental pull backups as management layers make them: one transaction starts the next bitmap, stops the previous one
/// and freezes the disk; the client finds the dirty extents through the export and reads only these. Twice.
/// </summary>
public sealed class Scenario308 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 308;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.Host.LogAsync(
            "block-dirty-bitmap-add",
            new JsonObject { ["node"] = "disk", ["name"] = "check0", ["granularity"] = 65536 });
        await fleecing.GuestAsync("write -P 0x22 64k 128k");
        await fleecing.GuestAsync("write -P 0x33 3M 64k");

        await BackupAsync(context, fleecing, 0, async client =>
        {
            await client.ReadAsync(0x22, 64 * 1024, 128 * 1024);
            await client.ReadAsync(0x33, 3 * 1024 * 1024, 65536);
        });
        await BackupAsync(context, fleecing, 1, async client => await client.ReadAsync(0x44, 0, 128 * 1024));
        await fleecing.ShutDownAsync();
    }

    private static async Task BackupAsync(ScenarioContext context, FleecingHost fleecing, int number, Func<NbdClient, Task> read)
    {
        context.Log.Title($"Backup {number}", "---");
        await fleecing.AddScratchAsync("qcow2", backing: "disk");
        await fleecing.Host.LogAsync("transaction", new JsonObject
        {
            ["actions"] = new JsonArray(
                Action("block-dirty-bitmap-add", new JsonObject
                {
                    ["node"] = "disk",
                    ["name"] = $"check{number + 1}",
                    ["granularity"] = 65536,
                }),
                Action("block-dirty-bitmap-disable", new JsonObject { ["node"] = "disk", ["name"] = $"check{number}" }),
                Action("blockdev-backup", new JsonObject
                {
                    ["job-id"] = "pull",
                    ["device"] = "disk",
                    ["target"] = "scratch",
                    ["sync"] = "none",
                    ["filter-node-name"] = "cbw",
                })),
        });
        await fleecing.ExportAsync(
            "scratch",
            ("bitmaps", new JsonArray(new JsonObject { ["node"] = "disk", ["name"] = $"check{number}" })));
        await fleecing.GuestAsync("write -P 0x44 0 128k");

        context.Log.Line("client: find the dirty extents");
        await using (NbdClient client = await fleecing.ConnectAsync(dirtyBitmap: $"qemu:dirty-bitmap:check{number}"))
        {
            await client.RunAsync("map");
        }

        context.Log.Line("client: read them");
        await using (NbdClient client = await fleecing.ConnectAsync())
        {
            await read(client);
        }

        await fleecing.LogBitmapsAsync("disk");
        await fleecing.RemoveExportAsync();
        await fleecing.Host.LogAsync("job-cancel", new JsonObject { ["id"] = "pull" });
        await fleecing.Host.RunJobAsync(context.Log, "pull");
        await fleecing.RemoveNodesAsync("scratch");
        await fleecing.Host.LogAsync("block-dirty-bitmap-remove", new JsonObject { ["node"] = "disk", ["name"] = $"check{number}" });
        File.Delete(context.PathOf("scratch"));
    }

    private static JsonObject Action(string type, JsonObject data) => new() { ["type"] = type, ["data"] = data };
}
