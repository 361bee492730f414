using QmpHost.Qapi;

namespace QmpHost.Client.Tests;

/// <summary>All listings that need no arguments.</summary>
internal static class Listings
{
    /// <summary>Reads each that the server has.</summary>
    public static async Task QueryEverythingAsync(this QmpClient client)
    {
        HashSet<string> names = [.. (await client.Control.QueryCommandsAsync()).Select(static command => command.Name)];
        (string Name, Func<Task> Query)[] all =
        [
            ("query-block", () => client.BlockCore.QueryBlockAsync()),
            ("query-blockstats", () => client.BlockCore.QueryBlockstatsAsync()),
            ("query-named-block-nodes", () => client.BlockCore.QueryNamedBlockNodesAsync()),
            ("query-block-jobs", () => client.BlockCore.QueryBlockJobsAsync()),
            ("query-block-exports", () => client.BlockExport.QueryBlockExportsAsync()),
            ("query-jobs", () => client.Job.QueryJobsAsync()),
            ("query-status", () => client.RunState.QueryStatusAsync()),
            ("query-version", () => client.Control.QueryVersionAsync()),
            ("query-chardev", () => client.Char.QueryChardevAsync()),
            ("query-iothreads", () => client.Misc.QueryIothreadsAsync()),
            ("query-qmp-schema", () => client.Introspect.QueryQmpSchemaAsync()),
        ];
        foreach ((string name, Func<Task> query) in all)
        {
            if (names.Contains(name))
            {
                await query();
            }
        }
    }
}
