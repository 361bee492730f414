using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// The NBD client driver against another host's server: errors of opening, listing, requests, a backup to an NBD target,
/// and reconnection to a server that went away.
/// </summary>
public sealed class Scenario310 : Scenario
{
    private const long Size = 1024 * 1024;

    /// <inheritdoc/>
    public override int Number => 310;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await context.CreateImageAsync("raw", "disk", Size, (0x11, 0, Size / 2));
        await context.CreateImageAsync("raw", "target", Size);
        await using ScenarioHost client = await context.StartAsync();
        ScenarioHost server = await StartServerAsync(context);
        try
        {
            context.Log.Title("Errors", "---");
            await ErrorsAsync(context, client);
            context.Log.Title("Requests", "---");
            await RequestsAsync(context, client);
            context.Log.Title("Backup to an NBD target", "---");
            await BackupAsync(context, client);
        }
        finally
        {
            await server.DisposeAsync();
        }

        context.Log.Title("The server goes and comes", "---");
        await ReconnectAsync(context, client);
        await client.ShutDownAsync();
        context.Log.Output(client.StandardOutput);
    }

    private static async Task<ScenarioHost> StartServerAsync(ScenarioContext context)
    {
        File.Delete(context.PathOf("nbd"));
        ScenarioHost server = await context.StartAsync();
        await server.ExecuteAsync("nbd-server-start", new JsonObject
        {
            ["addr"] = new JsonObject { ["type"] = "unix", ["data"] = new JsonObject { ["path"] = context.PathOf("nbd") } },
        });
        foreach (string name in new[] { "disk", "target" })
        {
            await server.ExecuteAsync("blockdev-add", new JsonObject
            {
                ["driver"] = "file",
                ["node-name"] = name,
                ["filename"] = context.PathOf(name),
            });
            await server.ExecuteAsync("block-export-add", new JsonObject
            {
                ["type"] = "nbd",
                ["id"] = name,
                ["node-name"] = name,
                ["writable"] = name == "target",
            });
        }

        return server;
    }

    private static async Task ErrorsAsync(ScenarioContext context, ScenarioHost client)
    {
        JsonObject noServer = Node(context, "n", "disk");
        noServer.Remove("server");
        await client.LogAsync("blockdev-add", noServer);

        JsonObject nobody = Node(context, "n", "disk");
        nobody["server"]!["path"] = context.PathOf("nobody");
        await client.LogAsync("blockdev-add", nobody);

        await client.LogAsync("blockdev-add", Node(context, "n", "missing"));

        JsonObject writable = Node(context, "n", "disk");
        writable["read-only"] = false;
        await client.LogAsync("blockdev-add", writable);

        JsonObject credentials = Node(context, "n", "disk");
        credentials["tls-creds"] = "missing";
        await client.LogAsync("blockdev-add", credentials);

        JsonObject kind = Node(context, "n", "disk");
        kind["server"]!["type"] = "pipe";
        await client.LogAsync("blockdev-add", kind);
    }

    private static async Task RequestsAsync(ScenarioContext context, ScenarioHost client)
    {
        await client.LogAsync("blockdev-add", Node(context, "disk", "disk"));
        JsonObject nodes = await client.ExecuteAsync("query-named-block-nodes", new JsonObject { ["flat"] = true });
        context.Log.Json(nodes);
        await client.LogQemuIoAsync("disk", "read -P 0x11 0 512k");
        await client.LogQemuIoAsync("disk", "read -P 0 512k 512k");
        await client.LogQemuIoAsync("disk", "read 1M 512");
        await client.LogQemuIoAsync("disk", "write 0 512");
        await client.LogQemuIoAsync("disk", "map");
    }

    private static async Task BackupAsync(ScenarioContext context, ScenarioHost client)
    {
        JsonObject target = Node(context, "target", "target");
        target["read-only"] = false;
        await client.LogAsync("blockdev-add", target);
        await client.LogAsync("blockdev-backup", new JsonObject
        {
            ["job-id"] = "backup",
            ["device"] = "disk",
            ["target"] = "target",
            ["sync"] = "full",
        });
        await client.RunJobAsync(context.Log, "backup");
        await client.LogQemuIoAsync("target", "read -P 0x11 0 512k");
        foreach (string node in new[] { "target", "disk" })
        {
            await client.LogAsync("blockdev-del", new JsonObject { ["node-name"] = node });
        }
    }

    private static async Task ReconnectAsync(ScenarioContext context, ScenarioHost client)
    {
        ScenarioHost first = await StartServerAsync(context);
        JsonObject patient = Node(context, "patient", "disk");
        patient["reconnect-delay"] = 60;
        await client.LogAsync("blockdev-add", patient);
        await client.LogAsync("blockdev-add", Node(context, "impatient", "disk"));
        await client.LogQemuIoAsync("patient", "read -P 0x11 0 64k");
        await first.DisposeAsync();

        await client.LogQemuIoAsync("impatient", "read -P 0x11 0 64k");
        Task<JsonObject> waiting = client.QemuIoAsync("patient", "read -P 0x11 64k 64k");
        await using ScenarioHost second = await StartServerAsync(context);
        context.Log.Line("read from the server that came back");
        context.Log.Json(await waiting);
        await second.ShutDownAsync();
    }

    private static JsonObject Node(ScenarioContext context, string node, string export) => new()
    {
        ["driver"] = "nbd",
        ["node-name"] = node,
        ["server"] = new JsonObject { ["type"] = "unix", ["path"] = context.PathOf("nbd") },
        ["export"] = export,
        ["read-only"] = true,
    };
}
