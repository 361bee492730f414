using System.Text.Json.Nodes;
using QmpHost.Control.Hosts;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>Time and rest.</summary>
internal static class ClockMethods
{
    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("clock.get", "Tells the time of a host.", [ControlParameter.Host], "The time.", static call => Task.FromResult<JsonNode?>(Describe(call.Host))),
        new("clock.advance", "Lets time pass, timer by timer, and waits until the host has settled.",
            [ControlParameter.Host, new("ms", "number", "Milliseconds.", IsRequired: true)], "The time.", static async call =>
            {
                await call.Host.Host.Clock.AdvanceAsync(call.Milliseconds("ms")!.Value);
                return Describe(call.Host);
            }),
        new("clock.step", "Lets time pass up to the next timer, which fires.", [ControlParameter.Host], "The time.", static async call =>
        {
            await call.Host.Host.Clock.StepAsync();
            return Describe(call.Host);
        }),
        new("clock.settle", "Waits until nothing is left to do without the clock or a client.", [ControlParameter.Host], "The time.", static async call =>
        {
            await call.Host.Host.SettleAsync();
            return Describe(call.Host);
        }),
        new("clock.run", "Lets a virtual clock go as real time passes.",
            [ControlParameter.Host, new("speed", "number", "How many times as fast; 1 by default.")], "The time.", static async call =>
            {
                ManagedHost host = call.Host;
                if (!host.Host.Clock.IsVirtual)
                {
                    throw ControlException.Refuse("Only a virtual clock can be let go and paused.");
                }

                await PauseAsync(host);
                host.RunningClock = new RunningClock(host.Host, call.OptionalNumber("speed") is { } speed and > 0 ? speed : 1);
                return Describe(host);
            }),
        new("clock.pause", "Lets a virtual clock stand still again.", [ControlParameter.Host], "The time.", static async call =>
        {
            await PauseAsync(call.Host);
            return Describe(call.Host);
        }),
    ];

    private static async Task PauseAsync(ManagedHost host)
    {
        if (host.RunningClock is { } running)
        {
            host.RunningClock = null;
            await running.DisposeAsync();
        }
    }

    private static JsonObject Describe(ManagedHost host) => new()
    {
        ["now"] = host.Host.Clock.Now.ToUnixTimeMilliseconds() / 1000.0,
        ["elapsedMs"] = host.Host.Clock.Elapsed.TotalMilliseconds,
        ["nextTimerMs"] = host.Host.Clock.NextTimer is { } next ? next.TotalMilliseconds : null,
        ["virtual"] = host.Host.Clock.IsVirtual,
        ["running"] = !host.Host.Clock.IsVirtual || host.RunningClock is not null,
    };
}
