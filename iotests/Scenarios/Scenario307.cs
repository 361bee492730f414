using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Push backup with fleecing: a slow backup from the frozen view, while the guest goes on writing; then at full speed. The
/// result equals the disk as it was.
/// </summary>
public sealed class Scenario307 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 307;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await using FleecingHost fleecing = await FleecingHost.StartAsync(context);
        File.Copy(context.PathOf("disk"), context.PathOf("reference"));
        await context.CreateImageAsync("qcow2", "final", FleecingHost.Size);
        await fleecing.AddScratchAsync("qcow2");
        await fleecing.Host.LogAsync("blockdev-add", new JsonObject
        {
            ["driver"] = "qcow2",
            ["node-name"] = "final",
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = context.PathOf("final") },
        });
        await fleecing.AddFilterAsync();
        await fleecing.SwitchDeviceAsync("cbw");
        await fleecing.AddSnapshotAsync();

        await fleecing.Host.LogAsync("blockdev-backup", new JsonObject
        {
            ["job-id"] = "push",
            ["device"] = "snapshot",
            ["target"] = "final",
            ["sync"] = "full",
            ["speed"] = 65536,
            ["x-perf"] = new JsonObject { ["max-workers"] = 1, ["max-chunk"] = 65536 },
        });
        foreach (string write in new[] { "write -P 0x22 0 300k", "write -P 0x33 1M 512k", "write -P 0x44 2M 1M", "write -z 1600k 64k" })
        {
            await fleecing.GuestAsync(write);
        }

        await fleecing.Host.LogAsync("block-job-set-speed", new JsonObject { ["device"] = "push", ["speed"] = 0 });
        await fleecing.Host.RunJobAsync(context.Log, "push");
        await fleecing.RemoveNodesAsync("snapshot");
        await fleecing.SwitchDeviceAsync("disk");
        await fleecing.RemoveNodesAsync("cbw", "scratch", "final");
        await fleecing.ShutDownAsync();

        bool same = await context.Tools.CompareAsync(Image(context, "final"), Image(context, "reference"), default);
        context.Log.Line($"final and reference: {(same ? "identical" : "DIFFERENT")}");
        bool changed = !await context.Tools.CompareAsync(Image(context, "disk"), Image(context, "reference"), default);
        context.Log.Line($"disk and reference: {(changed ? "different, as the guest has written" : "IDENTICAL")}");
    }

    private static ImageChain Image(ScenarioContext context, string name) => new("qcow2", context.PathOf(name));
}
