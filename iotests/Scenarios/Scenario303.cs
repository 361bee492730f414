using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// A client discards what it has read: the area is out of bounds from then on, the guest's writes there are no longer
/// copied, and the scratch image gives its space back.
/// </summary>
public sealed class Scenario303 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 303;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.AddScratchAsync("raw");
        await fleecing.AddFilterAsync();
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();
        await fleecing.ExportAsync("snapshot", ("writable", true));

        await fleecing.GuestAsync("write -P 0x22 0 256k");
        await fleecing.LogBitmapsAsync("cbw", "disk");
        await fleecing.Host.LogQemuIoAsync("scratch", "read -P 0x11 0 256k");

        context.Log.Title("Discard what was copied, and what was not", "---");
        await using (NbdClient client = await fleecing.ConnectAsync(writable: true))
        {
            await client.ReadAsync(0x11, 0, 128 * 1024);
            await client.RunAsync("discard 0 128k");
            await client.RunAsync("discard 512k 128k");
            await client.ReadAsync(null, 0, 65536);
            await client.ReadAsync(null, 64 * 1024, 128 * 1024);
            await client.ReadAsync(0x11, 128 * 1024, 128 * 1024);
            await client.ReadAsync(null, 512 * 1024, 512);
        }

        await fleecing.LogBitmapsAsync("cbw", "disk");
        await fleecing.Host.LogQemuIoAsync("scratch", "read -P 0 0 128k");
        await fleecing.Host.LogQemuIoAsync("scratch", "read -P 0x11 128k 128k");

        context.Log.Title("Guest writes where it was discarded", "---");
        await fleecing.GuestAsync("write -P 0x33 512k 64k");
        await fleecing.GuestAsync("write -P 0x33 768k 64k");
        await fleecing.Host.LogQemuIoAsync("scratch", "read -P 0 512k 64k");
        await fleecing.Host.LogQemuIoAsync("scratch", "read -P 0x11 768k 64k");
        await fleecing.LogBitmapsAsync("cbw", "disk");
        await fleecing.ShutDownAsync();
    }
}
