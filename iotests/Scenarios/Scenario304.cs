using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Synchronisation: a guest write waits for a snapshot read of the same area, and for no other; a snapshot read waits for
/// no write. Breakpoints under the disk hold requests back, so that nothing depends on time.
/// </summary>
public sealed class Scenario304 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 304;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context, withBreakpoints: true);
        await fleecing.AddScratchAsync("qcow2");
        await fleecing.AddFilterAsync();
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();
        await fleecing.ExportAsync("snapshot");

        await using (NbdClient client = await fleecing.ConnectAsync())
        {
            await WriteDuringReadAsync(context, fleecing, client);
            await ReadDuringWriteAsync(context, fleecing, client);
        }

        // The order of the lines is the order in which the requests completed.
        context.Log.Line("printed by the host:");
        await fleecing.ShutDownAsync();
    }

    private static async Task WriteDuringReadAsync(ScenarioContext context, FleecingHost fleecing, NbdClient client)
    {
        context.Log.Title("A snapshot read is held back", "---");
        await fleecing.GuestAsync("break read_aio slow-read");
        Task read = client.ReadAsync(0x11, 0, 65536);
        await fleecing.Host.WaitForOutputAsync("Suspended request 'slow-read'");

        await fleecing.GuestAsync("write -P 0x22 512k 64k");
        await fleecing.GuestAsync("aio_write -P 0x33 0 64k");
        context.Log.Line(read.IsCompleted ? "the read has completed" : "the read has not completed");
        await fleecing.GuestAsync("resume slow-read");
        await read;
        await fleecing.Host.WaitForOutputAsync("wrote 65536/65536 bytes at offset 0");
    }

    private static async Task ReadDuringWriteAsync(ScenarioContext context, FleecingHost fleecing, NbdClient client)
    {
        context.Log.Title("A guest write is held back", "---");
        await fleecing.GuestAsync("break write_aio slow-write");
        await fleecing.GuestAsync("aio_write -P 0x44 1M 64k");
        await fleecing.Host.WaitForOutputAsync("Suspended request 'slow-write'");
        await client.ReadAsync(0x11, 1024 * 1024, 65536);
        await client.ReadAsync(0x11, 1536 * 1024, 65536);
        context.Log.Line("the reads have completed");
        await fleecing.GuestAsync("resume slow-write");
        await fleecing.Host.WaitForOutputAsync("wrote 65536/65536 bytes at offset 1048576");
    }
}
