using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>The devices around the disks: switching a running device between nodes, plugging and unplugging.</summary>
public sealed class Scenario309 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 309;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await context.CreateImageAsync("qcow2", "other", FleecingHost.Size, (0x77, 0, 65536));
        await fleecing.Host.LogAsync("blockdev-add", new JsonObject
        {
            ["driver"] = "qcow2",
            ["node-name"] = "other",
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = context.PathOf("other") },
        });

        context.Log.Title("Switching the medium of a running device", "---");
        await fleecing.GuestAsync("read -P 0x11 0 64k");
        await fleecing.SwitchDeviceAsync("other");
        await fleecing.GuestAsync("read -P 0x77 0 64k");
        await DriveAsync(fleecing, "hd0");
        await fleecing.SwitchDeviceAsync("missing");
        await DriveAsync(fleecing, "hd0");
        await fleecing.SwitchDeviceAsync("disk");

        context.Log.Title("Plugging and unplugging", "---");
        var device = new JsonObject { ["driver"] = "scsi-hd", ["id"] = "hd1", ["drive"] = "other", ["bus"] = "scsi0.0" };
        await fleecing.Host.LogAsync("device_add", device);
        await DriveAsync(fleecing, "hd1");
        await ListAsync(context, fleecing);
        await fleecing.Host.LogAsync("device_add", (JsonObject)device.DeepClone());
        await fleecing.RemoveNodesAsync("other");
        await fleecing.Host.LogAsync("device_del", new JsonObject { ["id"] = "hd1" });
        await fleecing.Host.LogEventAsync("DEVICE_DELETED");
        await ListAsync(context, fleecing);
        await fleecing.RemoveNodesAsync("other");
        await fleecing.ShutDownAsync();
    }

    private static Task<JsonObject> DriveAsync(FleecingHost fleecing, string device) => fleecing.Host.LogAsync(
        "qom-get", new JsonObject { ["path"] = $"/machine/peripheral/{device}", ["property"] = "drive" });

    private static async Task ListAsync(ScenarioContext context, FleecingHost fleecing)
    {
        JsonObject blocks = await fleecing.Host.ExecuteAsync("query-block");
        foreach (JsonNode? block in (JsonArray)blocks["return"]!)
        {
            context.Log.Line($"{block!["qdev"]}: {block["inserted"]?["node-name"]}");
        }
    }
}
