using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Image fleecing, old scheme: the scratch image has the disk as its backing node and is filled before guest writes, by a
/// backup job without a copy of its own or by the filter; the scratch image is exported.
/// </summary>
public sealed class Scenario300 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 300;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Log.Title("Filled by a backup job", "===");
        await ByJobAsync(context);
        context.RemoveFiles();
        context.Log.Title("Filled by the filter", "===");
        await ByFilterAsync(context);
    }

    private static async Task ByJobAsync(ScenarioContext context)
    {
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.AddScratchAsync("qcow2", backing: "disk");
        await fleecing.Host.LogAsync("blockdev-backup", new JsonObject
        {
            ["job-id"] = "fleecing",
            ["device"] = "disk",
            ["target"] = "scratch",
            ["sync"] = "none",
            ["filter-node-name"] = "cbw",
        });
        await fleecing.ExportAsync("scratch");
        await GuestWritesAsync(fleecing);
        await fleecing.CheckFrozenAsync();
        await fleecing.RemoveExportAsync();
        await fleecing.Host.LogAsync("job-cancel", new JsonObject { ["id"] = "fleecing" });
        await fleecing.Host.RunJobAsync(context.Log, "fleecing");
        await fleecing.RemoveNodesAsync("scratch");
        await CheckGuestAsync(fleecing);
        await fleecing.ShutDownAsync();
    }

    private static async Task ByFilterAsync(ScenarioContext context)
    {
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.AddScratchAsync("qcow2", backing: "disk");
        await fleecing.AddFilterAsync();
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.ExportAsync("scratch");
        await GuestWritesAsync(fleecing);
        await fleecing.CheckFrozenAsync();
        await fleecing.RemoveExportAsync();
        await fleecing.SwitchDeviceAsync("disk");
        await fleecing.RemoveNodesAsync("cbw", "scratch");
        await CheckGuestAsync(fleecing);
        await fleecing.ShutDownAsync();
    }

    private static async Task GuestWritesAsync(FleecingHost fleecing)
    {
        await fleecing.GuestAsync("write -P 0x22 0 100k");
        await fleecing.GuestAsync("write -P 0x33 3M 64k");
        await fleecing.GuestAsync("write -z 1M 64k");
        await fleecing.GuestAsync("discard 1536k 64k");
    }

    private static async Task CheckGuestAsync(FleecingHost fleecing)
    {
        await fleecing.GuestAsync("read -P 0x22 0 100k");
        await fleecing.GuestAsync("read -P 0x33 3M 64k");
        await fleecing.GuestAsync("read -P 0 1M 64k");
        await fleecing.GuestAsync("read -P 0x11 512k 64k");
    }
}
