using System.Text.Json.Nodes;
using QmpHost.Control.Recording;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>The record.</summary>
internal static class RecordMethods
{
    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("record.start", "Records what is said from now on.", [ControlParameter.Host], "Nothing.", static async call =>
        {
            await call.Host.Control.Record.StartAsync();
            return null;
        }),
        new("record.stop", "Records no more.", [ControlParameter.Host], "Nothing.", static async call =>
        {
            await call.Host.Control.Record.StopAsync();
            return null;
        }),
        new("record.entries", "Gives what was recorded.", [ControlParameter.Host, new("after", "integer", "Only what comes behind the entry of this number.")],
            "The entries, oldest first.", static call => Task.FromResult<JsonNode?>(new JsonArray(
            [
                .. call.Host.Control.Record.Entries().Where(entry => entry.Number > (call.OptionalInteger("after") ?? 0)).Select(static entry => (JsonNode)RecordJson.Of(entry)),
            ]))),
        new("record.session", "Gives what was recorded as a session file.", [ControlParameter.Host], "The text.", static call =>
            Task.FromResult<JsonNode?>(SessionText.Of(call.Host.Control.Record.Entries(), call.Host.Spec.Program))),
        new("record.clear", "Forgets what was recorded.", [ControlParameter.Host], "Nothing.", static call =>
        {
            call.Host.Control.Record.Clear();
            return Task.FromResult<JsonNode?>(null);
        }),
        new("record.order", "Checks that some things happened in an order.",
            [ControlParameter.Host, new("steps", "array", "Names of commands and events, with others between them.", IsRequired: true)], "Nothing.", static call =>
            {
                RecordCheck.Order(call.Host.Control.Record.Entries(), call.Texts("steps"));
                return Task.FromResult<JsonNode?>(null);
            }),
        new("record.lint", "Tells which parts of what clients sent are deprecated, or missing in some releases.",
            [ControlParameter.Host, new("releases", "array", "The releases.", IsRequired: true)], "The findings.", static call =>
            Task.FromResult<JsonNode?>(new JsonArray(
                [.. RecordCheck.Lint(call.Host.Control.Record.Entries(), call.Texts("releases").Select(Hosts.HostPool.ProfileOf)).Select(static text => (JsonNode?)text)]))),
        new("host.leftovers", "Tells which nodes, bitmaps, jobs and exports there are, to see that nothing was left.", [ControlParameter.Host], "The names by kind.",
            static async call => (await Leftovers.FindAsync(call.Host.Host)).ToJson()),
        new("host.report", "Tells how a host stands, in words: the latest of what was said, the graph, jobs, gates, the clock.", [ControlParameter.Host], "The text.",
            static async call => await HostReport.WriteAsync(call.Host.Host)),
    ];
}
