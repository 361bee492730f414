using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>Image fleecing, new scheme: copy-before-write over the disk, snapshot-access on top, with any kind of scratch image.</summary>
public sealed class Scenario301 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 301;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (string format in new[] { "raw", "qcow2", "null-co" })
        {
            context.Log.Title($"Scratch image: {format}", "===");
            await RunPartAsync(context, format);
            context.RemoveFiles();
        }
    }

    private static async Task RunPartAsync(ScenarioContext context, string format)
    {
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.AddScratchAsync(format);
        await fleecing.AddFilterAsync();
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();
        await fleecing.LogBitmapsAsync("cbw", "disk");
        await fleecing.ExportAsync("snapshot");
        await fleecing.CheckFrozenAsync();

        await fleecing.GuestAsync("write -P 0x22 0 100k");
        await fleecing.GuestAsync("write -P 0x33 3M 64k");
        await fleecing.GuestAsync("write -z 1M 64k");
        await fleecing.LogBitmapsAsync("cbw", "disk");

        // A scratch image that keeps nothing loses what the guest has overwritten; the rest is still there.
        if (format == "null-co")
        {
            await using NbdClient client = await fleecing.ConnectAsync();
            await client.ReadAsync(0x11, 128 * 1024, 512 * 1024);
            await client.ReadAsync(0, 0, 128 * 1024);
        }
        else
        {
            await fleecing.CheckFrozenAsync();
        }

        await fleecing.RemoveNodesAsync("cbw", "snapshot");
        await fleecing.RemoveExportAsync();
        await fleecing.RemoveNodesAsync("snapshot");
        await fleecing.SwitchDeviceAsync("disk");
        await fleecing.RemoveNodesAsync("cbw", "scratch");
        await fleecing.GuestAsync("read -P 0x22 0 100k");
        await fleecing.GuestAsync("read -P 0x33 3M 64k");
        await fleecing.ShutDownAsync();
    }
}
