using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>Access control: with a bitmap, the frozen view ends where the bitmap ends, for reads and for block status.</summary>
public sealed class Scenario302 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 302;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.Host.LogAsync(
            "block-dirty-bitmap-add",
            new JsonObject { ["node"] = "disk", ["name"] = "changed", ["granularity"] = 65536 });
        await fleecing.GuestAsync("write -P 0x44 256k 128k");
        await fleecing.GuestAsync("write -P 0x55 3M 1k");

        await fleecing.AddScratchAsync("qcow2");
        await fleecing.AddFilterAsync(("bitmap", new JsonObject { ["node"] = "disk", ["name"] = "changed" }));
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();
        await fleecing.ExportAsync("snapshot");
        await fleecing.LogBitmapsAsync("cbw", "disk");

        context.Log.Title("Before the guest writes", "---");
        await ReadAsync(context, fleecing);

        // Outside of the bitmap the guest's writes are not copied.
        await fleecing.GuestAsync("write -P 0x66 0 64k");
        await fleecing.GuestAsync("write -P 0x66 256k 64k");
        await fleecing.LogBitmapsAsync("cbw", "disk");

        context.Log.Title("After it has written", "---");
        await ReadAsync(context, fleecing);

        await fleecing.Host.LogQemuIoAsync("snapshot", "read 0 64k");
        await fleecing.Host.LogQemuIoAsync("snapshot", "map");
        await fleecing.Host.LogQemuIoAsync("scratch", "map");
        await fleecing.ShutDownAsync();
    }

    private static async Task ReadAsync(ScenarioContext context, FleecingHost fleecing)
    {
        context.Log.Line("client: read inside, outside and across the edge");
        await using NbdClient client = await fleecing.ConnectAsync();
        await client.ReadAsync(0x44, 256 * 1024, 128 * 1024);
        await client.ReadAsync(0x44, 300 * 1024, 512);
        await client.ReadAsync(0x55, 3 * 1024 * 1024, 1024);
        await client.ReadAsync(null, 0, 65536);
        await client.ReadAsync(null, 192 * 1024, 128 * 1024);
        await client.ReadAsync(null, 383 * 1024, 2048);
        await client.RunAsync("map");
    }
}
