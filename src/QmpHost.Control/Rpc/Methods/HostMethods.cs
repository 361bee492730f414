using System.Text.Json.Nodes;
using QmpHost.Control.Hosts;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>Starting, listing and ending hosts, in good order or not.</summary>
internal static class HostMethods
{
    private static readonly string[] InPlaceOfArguments = ["machine", "paused", "monitor"];

    private static readonly ControlParameter[] Specification =
    [
        new("name", "string", "The host's name; one is made up without it."),
        new("program", "string", "system (the default) or storage-daemon."),
        new("release", "string", "The QEMU release to behave like; 7.2 by default."),
        new("machine", "string", "The board of a system: none (the default), pc, q35."),
        new("clock", "string", "real (the default) or virtual: it stands still until it is moved."),
        new("paused", "boolean", "Whether the guest is not started."),
        new("seed", "integer", "Runs what is ready in an order that this number decides."),
        new("explore", "integer", "Does what host.explore does, from the start."),
        new("monitor", "string", "The path of a unix socket on which a QMP monitor listens."),
        new("arguments", "array", "The program's command line, instead of machine, paused and monitor."),
        new("record", "boolean", "Whether what is said is recorded from the start."),
        new("unflushed", "boolean", "Whether what was not flushed is kept, so that power can be lost."),
    ];

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("hosts.start", "Starts a host.", Specification, "The host.", static async call => (await call.Hosts.StartAsync(Read(call))).Describe()),
        new("hosts.list", "Lists the hosts.", [], "The hosts.", static call => Task.FromResult<JsonNode?>(
            new JsonArray([.. call.Hosts.All.Select(static host => (JsonNode)host.Describe())]))),
        new("hosts.stop", "Ends a host in good order.", [ControlParameter.Host], "Nothing.", static async call =>
        {
            await call.Hosts.StopAsync(call.OptionalText("host"));
            return null;
        }),
        new("hosts.reset", "Ends a host in good order and starts it anew as it was started.", [ControlParameter.Host], "The host.", static async call =>
        {
            ManagedHost host = call.Host;
            await call.Hosts.StopAsync(host.Name);
            return (await call.Hosts.StartAsync(host.Spec with { Name = host.Name })).Describe();
        }),
        new("hosts.crash", "Lets a host die as a process that is killed: nothing is closed.",
            [ControlParameter.Host, new("restart", "boolean", "Whether it is started again on what is left.")], "The host, if it was started again.", static async call =>
            await EndBadlyAsync(call, null)),
        new("hosts.losePower", "Lets a host die as a machine without power: what was not flushed is lost in part.",
            [
                ControlParameter.Host,
                new("seed", "integer", "Decides what is lost.", IsRequired: true),
                new("restart", "boolean", "Whether it is started again on what is left."),
            ],
            "How many sectors have lost their last contents, and the host, if it was started again.",
            static async call => await EndBadlyAsync(call, call.Seed("seed"))),
        new("host.explore", "Lets what happens at the same time happen in an order that a seed decides and QEMU permits, from now on.",
            [ControlParameter.Host, new("seed", "integer", "The seed; the same order for the same one.", IsRequired: true)], "Nothing.", static async call =>
            {
                await call.Host.Control.ExploreAsync(call.Seed("seed"));
                return null;
            }),
        new("subscribe", "Has this connection be told of things as notifications.",
            [new("topics", "array", "Any of host, gate, rule, record.", IsRequired: true), new("off", "boolean", "Whether no longer.")], "Nothing.", static call =>
            {
                call.Connection.Subscribe(call.Texts("topics"), !call.Flag("off"));
                return Task.FromResult<JsonNode?>(null);
            }),
    ];

    private static HostSpec Read(ControlCall call)
    {
        if (call.Has("arguments") && Array.Find(InPlaceOfArguments, call.Has) is { } other)
        {
            throw ControlException.Wrong($"'arguments' says all of the host's command line: '{other}' is to be in there.");
        }

        return ReadSpecification(call);
    }

    private static HostSpec ReadSpecification(ControlCall call) => new()
    {
        Name = call.OptionalText("name"),
        Program = call.OptionalText("program") ?? "system",
        Release = call.OptionalText("release"),
        Machine = call.OptionalText("machine") ?? "none",
        HasVirtualClock = call.OptionalText("clock") switch
        {
            null or "real" => false,
            "virtual" => true,
            var other => throw ControlException.Wrong($"There is no clock '{other}', only real and virtual."),
        },
        IsPaused = call.Flag("paused"),
        Seed = call.OptionalSeed("seed"),
        ExplorationSeed = call.OptionalSeed("explore"),
        Monitor = call.OptionalText("monitor"),
        Arguments = call.Has("arguments") ? call.Texts("arguments") : null,
        Records = call.Flag("record"),
        TracksUnflushed = call.Flag("unflushed"),
    };

    private static async Task<JsonNode?> EndBadlyAsync(ControlCall call, int? seed)
    {
        (HostSpec spec, int lost) = await call.Hosts.KillAsync(call.OptionalText("host"), seed);
        JsonObject result = call.Flag("restart") ? (await call.Hosts.StartAsync(spec)).Describe() : [];
        if (seed is not null)
        {
            result["lostSectors"] = lost;
        }

        return result;
    }
}
