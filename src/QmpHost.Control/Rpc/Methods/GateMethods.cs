using System.Text.Json.Nodes;
using QmpHost.Control.Gates;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>Gates.</summary>
internal static class GateMethods
{
    private static readonly ControlParameter Number = new("gate", "integer", "Its number.", IsRequired: true);

    private static readonly ControlParameter Nth = new("nth", "integer", "Which of those that match, from 1; the first by default.");

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("gates.holdJob", "Holds a job at one of a state, a percentage and a byte; no more is under way then.",
            [
                ControlParameter.Host,
                new("job", "job", "Which.", IsRequired: true),
                new("status", "string", "created, running, ready, waiting, pending or concluded."),
                new("percent", "number", "How much of the total, 0 to 100; rounded up to a cluster."),
                new("bytes", "integer", "How many bytes; rounded up to a cluster."),
            ],
            "The gate.",
            static async call => GateJson.Of(await call.Host.Control.Gates.HoldJobAsync(
                Shapes.Job.Read(call.Object("job")!.Value), call.OptionalText("status"), call.OptionalNumber("percent"), call.OptionalInteger("bytes")))),
        new("gates.holdRequest", "Holds a request to a node before its driver sees it.",
            [ControlParameter.Host, new("request", "request", "Which.", IsRequired: true), Nth], "The gate.",
            static async call => GateJson.Of(await call.Host.Control.Gates.HoldRequestAsync(Shapes.Request.Read(call.Object("request")!.Value), Count(call)))),
        new("gates.holdCommand", "Holds a command before it runs.",
            [ControlParameter.Host, new("command", "command", "Which.", IsRequired: true), Nth], "The gate.",
            static async call => GateJson.Of(await call.Host.Control.Gates.HoldCommandAsync(Shapes.Command.Read(call.Object("command")!.Value), Count(call)))),
        new("gates.holdReply", "Holds the reply to a command that has run.",
            [ControlParameter.Host, new("command", "command", "Which.", IsRequired: true), Nth], "The gate.",
            static async call => GateJson.Of(await call.Host.Control.Gates.HoldReplyAsync(Shapes.Command.Read(call.Object("command")!.Value), Count(call)))),
        new("gates.wait", "Waits until a gate holds what it is for.",
            [ControlParameter.Host, Number, ControlParameter.Timeout], "The gate.", static async call =>
            {
                Gate gate = await FindAsync(call);
                await gate.WaitAsync(call.Patience, call.CancellationToken);
                return GateJson.Of(gate);
            }),
        new("gates.release", "Lets go what a gate holds, or no longer waits for it.", [ControlParameter.Host, Number], "The gate.", static async call =>
        {
            Gate gate = await FindAsync(call);
            await gate.ReleaseAsync();
            return GateJson.Of(gate);
        }),
        new("gates.list", "Lists the gates that are not released.", [ControlParameter.Host], "The gates.", static async call =>
            new JsonArray([.. (await call.Host.Control.Gates.ListAsync()).Select(static gate => (JsonNode)GateJson.Of(gate))])),
        new("gates.releaseAll", "Releases all gates.", [ControlParameter.Host], "Nothing.", static async call =>
        {
            await call.Host.Control.Gates.ReleaseAllAsync();
            return null;
        }),
    ];

    private static int Count(ControlCall call) => (int)Math.Clamp(call.OptionalInteger("nth") ?? 1, int.MinValue, int.MaxValue);

    private static async Task<Gate> FindAsync(ControlCall call)
    {
        long id = call.Integer("gate");
        return await call.Host.Control.Gates.FindAsync((int)id) ?? throw ControlException.Refuse($"There is no gate {id}, or it was released.");
    }
}
