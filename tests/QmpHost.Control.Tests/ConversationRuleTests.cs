using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Control.Gates;
using QmpHost.Control.Matching;
using QmpHost.Control.Recording;
using QmpHost.Control.Rules;
using QmpHost.Hosting;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Tests;

/// <summary>Commands, replies and events come late, never or made up, and the record and its checks say so.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ConversationRuleTests
{
    private static readonly TimeSpan AlmostASecond = TimeSpan.FromSeconds(0.999);

    private static readonly TimeSpan TheRest = TimeSpan.FromSeconds(0.001);

    [Test]
    public async Task A_command_is_answered_with_a_result_late_or_never()
    {
        await using ControlledHost host = await StartAsync();
        await AddAsync(host, new FaultRule { Command = Name("query-name"), Return = JsonParser.Parse("{'name':'other'}"), When = new() { Times = 1 } });
        await AddAsync(host, new FaultRule { Command = Name("query-name"), Latency = TimeSpan.FromSeconds(1) });
        await AddAsync(host, new FaultRule { Command = Name("stop"), Never = true });

        Assert.That((await host.ExecuteAsync("query-name")).ToString(), Does.Contain("other"));
        Task<QObject> late = host.Client.ExecuteAsync("query-name");
        await host.Host.Clock.AdvanceAsync(AlmostASecond);
        Assert.That(late.IsCompleted, Is.False);
        await host.Host.Clock.AdvanceAsync(TheRest);
        Assert.That((await late.WaitAsync(ControlledHost.Patience)).ToString(), Is.EqualTo("{}"));
        Task lost = host.Client.ExecuteAsync("stop");
        Assert.That((await host.ExecuteAsync("query-status")).ToString(), Does.Contain("\"running\": true"), "it was not executed");
        Assert.That(lost.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_reply_and_an_event_come_late()
    {
        await using ControlledHost host = await StartAsync();
        await AddAsync(host, new FaultRule { Reply = Name("cont"), Latency = TimeSpan.FromSeconds(1) });
        await AddAsync(host, new FaultRule { Event = new EventMatch { Name = "STOP" }, Latency = TimeSpan.FromSeconds(1) });

        await host.ExecuteAsync("stop");
        Assert.That(host.Client.PullEvent(), Is.Null);
        await host.Host.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.That(host.Client.PullEvent()?.Name, Is.EqualTo("STOP"));
        Task reply = host.Client.ExecuteAsync("cont");
        await host.Host.Clock.AdvanceAsync(AlmostASecond);
        Assert.That(reply.IsCompleted, Is.False);
        await host.Host.Clock.AdvanceAsync(TheRest);
        await reply.WaitAsync(ControlledHost.Patience);
    }

    [Test]
    public async Task A_connection_ends_after_some_bytes()
    {
        await using ControlledHost host = await StartAsync();
        await AddAsync(host, new FaultRule { Wire = new WireMatch { Client = 2 }, CutAfter = 7 });
        await using Stream monitor = host.Host.OpenMonitor();
        using var reader = new StreamReader(monitor);

        Assert.That(await reader.ReadToEndAsync().WaitAsync(ControlledHost.Patience), Is.EqualTo("{\"QMP\":"));
    }

    [Test]
    public async Task A_gate_that_nothing_meets_says_so_in_time()
    {
        await using ControlledHost host = await StartAsync();
        await using Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 50);

        Assert.That(
            () => gate.WaitAsync(TimeSpan.FromMilliseconds(1)), Throws.TypeOf<TimeoutException>().With.Message.Contains("job job at 50 %"));
    }

    [Test]
    public async Task A_job_that_stays_is_held_at_its_end_and_stays()
    {
        await using ControlledHost host = await StartAsync();
        await host.AddDisksAsync();
        Gate gate = await host.Control.Gates.HoldJobAtStatusAsync("job", "concluded");

        await host.BackUpAsync();
        await gate.WaitAsync(ControlledHost.Patience);
        await gate.ReleaseAsync();
        await host.Host.SettleAsync();

        Assert.That(await host.JobsAsync(), Does.Contain("concluded"));
        await host.ExecuteAsync("job-dismiss", "{'id':'job'}");
    }

    [Test]
    public async Task What_clients_did_is_checked_against_releases_orders_and_what_is_left()
    {
        await using ControlledHost host = await StartAsync();
        await host.Control.Record.StartAsync();
        await host.AddDisksAsync();
        Leftovers before = await Leftovers.FindAsync(host.Host);
        await host.ExecuteAsync("block-dirty-bitmap-add", "{'node':'disk','name':'b'}");
        Assert.That(() => host.ExecuteAsync("drive-backup", "{'device':'none','target':'x','sync':'none'}"), Throws.TypeOf<QmpException>());
        IReadOnlyList<RecordEntry> entries = host.Control.Record.Entries();

        RecordCheck.Order(entries, ["blockdev-add", "block-dirty-bitmap-add", "drive-backup"]);
        Assert.That(
            () => RecordCheck.Order(entries, ["drive-backup", "blockdev-add"]),
            Throws.TypeOf<RecordCheckException>().With.Message.Contains("'blockdev-add' did not come behind drive-backup"));
        Assert.That(RecordCheck.Lint(entries, [VersionProfile.Parse("7.2"), VersionProfile.Parse("11.1")]), Has.Some.Contains("drive-backup is deprecated in 7.2, 11.1"));
        Leftovers left = (await Leftovers.FindAsync(host.Host)).Since(before);
        Assert.That(left.ToString(), Is.EqualTo("bitmaps disk/b"));
        Assert.That(left.ThrowIfAny, Throws.TypeOf<RecordCheckException>().With.Message.Contains("disk/b"));
    }

    private static Task<ControlledHost> StartAsync() => ControlledHost.StartAsync(new BlockHostOptions { Clock = new VirtualClock() });

    private static Task<ActiveRule> AddAsync(ControlledHost host, FaultRule rule) => host.Control.Rules.AddAsync(rule);

    private static ConversationMatch Name(string command) => new() { Command = command };
}
