using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Permissions of the new scheme. While the guest writes the disk itself, the filter may be added but the frozen view may
/// not be opened; the refusal changes nothing. Once the guest writes through the filter it may.
/// </summary>
public sealed class Scenario305 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 305;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        await fleecing.AddScratchAsync("qcow2");
        await fleecing.AddFilterAsync();

        context.Log.Title("Before the guest uses the filter", "---");
        await UnchangedAsync(context, fleecing, () => fleecing.AddSnapshotAsync());
        await UnchangedAsync(context, fleecing, () => fleecing.ExportAsync("cbw", ("writable", true)));
        await fleecing.GuestAsync("write -P 0x22 0 64k");

        context.Log.Title("After it does", "---");
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();
        await fleecing.ExportAsync("snapshot");
        await UnchangedAsync(context, fleecing, () => fleecing.SwitchDeviceAsync("disk"));
        await UnchangedAsync(context, fleecing, () => fleecing.SwitchDeviceAsync("scratch"));
        await UnchangedAsync(context, fleecing, () => fleecing.Host.LogQemuIoAsync("disk", "write 0 64k"));
        await UnchangedAsync(context, fleecing, () => fleecing.RemoveNodesAsync("disk", "scratch", "cbw", "snapshot"));
        await fleecing.GuestAsync("write -P 0x33 1M 64k");
        await using (NbdClient client = await fleecing.ConnectAsync())
        {
            await client.ReadAsync(0x22, 0, 65536);
            await client.ReadAsync(0x11, 1024 * 1024, 65536);
        }

        await fleecing.RemoveExportAsync();
        await fleecing.ShutDownAsync();
    }

    private static async Task UnchangedAsync(ScenarioContext context, FleecingHost fleecing, Func<Task> attempt)
    {
        string before = await StateAsync(fleecing);
        await attempt();
        context.Log.Line(await StateAsync(fleecing) == before ? "the graph is as before" : "THE GRAPH HAS CHANGED");
    }

    private static async Task<string> StateAsync(FleecingHost fleecing)
    {
        JsonObject graph = await fleecing.Host.ExecuteAsync("x-debug-query-block-graph");
        JsonObject nodes = await fleecing.Host.ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true });
        return PythonJson.Line(graph) + PythonJson.Line(nodes);
    }
}
