using System.Text.Json.Nodes;
using QmpHost.Client;
using QmpHost.Control.Matching;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>QMP without a connection of one's own.</summary>
internal static class QmpMethods
{
    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("qmp.execute", "Executes a QMP command on a connection of the interface's own.",
            [ControlParameter.Host, new("command", "string", "Its name.", IsRequired: true), new("arguments", "object", "Its arguments.")],
            "What the command returned; a command's error has the code -32000 and is in its data.",
            static async call => JsonNode.Parse((await (await call.Host.ClientAsync())
                .ExecuteAsync(call.Text("command"), call.Dict("arguments"), cancellationToken: call.CancellationToken)).ToString())),
        new("qmp.waitEvent", "Takes the oldest event of a name that has come on that connection, waiting for one if need be.",
            [
                ControlParameter.Host,
                new("name", "string", "The event's name; a pattern.", IsRequired: true),
                new("data", "object", "Members that its data have; strings are patterns."),
                ControlParameter.Timeout,
            ],
            "The event.",
            static async call =>
            {
                QmpClient client = await call.Host.ClientAsync();
                string name = call.Text("name");
                Qapi.QDict? data = call.Dict("data");
                try
                {
                    QmpEvent found = await client.WaitForEventAsync(
                        e => Glob.Matches(name, e.Name) && PartOf.Matches(data, e.Data), call.Patience, call.CancellationToken);
                    return JsonNode.Parse(found.Raw.ToString());
                }
                catch (TimeoutException e)
                {
                    throw new TimeoutException($"{name}{(data is null ? string.Empty : $" {data}")}: {e.Message}", e);
                }
            }),
    ];
}
