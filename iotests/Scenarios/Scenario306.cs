using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Copies that fail, by an error of the scratch image or by taking too long: they break the guest's write or the snapshot,
/// as the filter was told.
/// </summary>
public sealed class Scenario306 : Scenario
{
    private const long Size = 1024 * 1024;

    /// <inheritdoc/>
    public override int Number => 306;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (string policy in new[] { "break-guest-write", "break-snapshot" })
        {
            context.Log.Title($"{policy}: the scratch image has no space, once", "===");
            await RunPartAsync(context, policy, timeout: null);
            context.RemoveFiles();

            context.Log.Title($"{policy}: the scratch image is too slow", "===");
            await RunPartAsync(context, policy, timeout: 1);
            context.RemoveFiles();
        }
    }

    private static async Task RunPartAsync(ScenarioContext context, string policy, int? timeout)
    {
        await context.CreateImageAsync("raw", "disk", Size, (0x11, 0, Size));
        await context.CreateImageAsync("raw", "scratch", Size);
        await using ScenarioHost host = await context.StartAsync();
        await host.LogAsync("blockdev-add", new JsonObject { ["driver"] = "file", ["node-name"] = "disk", ["filename"] = context.PathOf("disk") });
        await host.LogAsync("blockdev-add", timeout is null ? Failing(context) : Slow());
        var filter = new JsonObject
        {
            ["driver"] = "copy-before-write",
            ["node-name"] = "cbw",
            ["file"] = "disk",
            ["target"] = "scratch",
            ["on-cbw-error"] = policy,
        };
        if (timeout is not null)
        {
            filter["cbw-timeout"] = timeout;
        }

        await host.LogAsync("blockdev-add", filter);
        await host.LogAsync("blockdev-add", new JsonObject { ["driver"] = "snapshot-access", ["node-name"] = "snapshot", ["file"] = "cbw" });

        await host.LogQemuIoAsync("snapshot", "read -P 0x11 0 64k");
        await host.LogQemuIoAsync("cbw", "write -P 0x22 0 64k");
        await host.LogQemuIoAsync("disk", "read -P 0x22 0 64k");
        await host.LogQemuIoAsync("snapshot", "read -P 0x11 512k 64k");
        await host.LogQemuIoAsync("snapshot", "read -P 0x11 0 64k");
        if (timeout is null)
        {
            await host.LogQemuIoAsync("cbw", "write -P 0x33 0 64k");
            await host.LogQemuIoAsync("disk", "read -P 0x33 0 64k");
            await host.LogQemuIoAsync("snapshot", "read -P 0x11 0 64k");
        }

        await host.ShutDownAsync();
        context.Log.Output(host.StandardOutput);
    }

    private static JsonObject Failing(ScenarioContext context) => new()
    {
        ["driver"] = "blkdebug",
        ["node-name"] = "scratch",
        ["image"] = new JsonObject { ["driver"] = "file", ["filename"] = context.PathOf("scratch") },
        ["inject-error"] = new JsonArray(new JsonObject
        {
            ["event"] = "none",
            ["iotype"] = "write",
            ["errno"] = 28,
            ["once"] = true,
        }),
    };

    private static JsonObject Slow() => new()
    {
        ["driver"] = "null-co",
        ["node-name"] = "scratch",
        ["size"] = Size,
        ["latency-ns"] = 2_000_000_000,
    };
}
