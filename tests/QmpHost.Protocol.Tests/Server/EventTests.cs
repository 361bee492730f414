using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Tests.Server;

public sealed class EventTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    [Test]
    public async Task Every_negotiated_client_gets_every_event()
    {
        await using var host = new TestHost(new FakeTimeProvider(Start));
        RawClient first = await host.NegotiateAsync();
        RawClient second = await host.NegotiateAsync();
        RawClient silent = await host.ConnectAsync();

        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("RESUME")));
        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("SHUTDOWN", "reason", "host-qmp-quit")));
        await silent.SendAsync("{'execute':'qmp_capabilities'}");

        string[] expected = [
            "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123000}, \"event\": \"RESUME\"}",
            "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": 123000}, \"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"host-qmp-quit\"}}",
        ];
        Assert.That(await first.ReadLinesAsync(2), Is.EqualTo(expected));
        Assert.That(await second.ReadLinesAsync(2), Is.EqualTo(expected));
        Assert.That(await silent.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
    }

    [Test]
    public async Task Events_stand_where_they_happened_among_the_replies([Values] bool withDoor, [Values] bool late)
    {
        await using var host = new TestHost(new FakeTimeProvider(Start), withDoor);
        host.Commands.Add("act", async (_, _) =>
        {
            host.Server.Emit(new TestEvent("BEFORE"));
            if (late)
            {
                await host.Loop.YieldAsync();
                host.Server.Emit(new TestEvent("BETWEEN"));
            }

            host.Loop.Post(_ => host.Server.Emit(new TestEvent("AFTER")), null);
            return default;
        });
        RawClient client = await host.NegotiateAsync();

        for (int i = 0; i < 200; i++)
        {
            await client.SendAsync("{'execute':'act'}");
            IReadOnlyList<string> lines = await client.ReadLinesAsync(late ? 4 : 3);
            Assert.That(
                lines.Select(l => l.Contains("return", StringComparison.Ordinal) ? "return" : l.Split("\"event\": \"")[1].Split('"')[0]),
                Is.EqualTo(late ? ["BEFORE", "BETWEEN", "return", "AFTER"] : new[] { "BEFORE", "return", "AFTER" }));
        }
    }

    [Test]
    public async Task Limited_events_come_once_a_second()
    {
        var clock = new FakeTimeProvider(Start);
        await using var host = new TestHost(clock);
        RawClient client = await host.NegotiateAsync();

        // The second of each kind is superseded by the third, which comes when the second is over, with its own time.
        foreach (string offset in new[] { "1", "2", "3" })
        {
            await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("LIMITED", "offset", offset)));
            await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("LIMITED_BY_ID", "id", "a")));
            await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("LIMITED_BY_ID", "id", "b")));
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("STOP")));
        await AdvanceAsync(host, clock, TimeSpan.FromSeconds(1));
        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("RESUME")));
        await AdvanceAsync(host, clock, TimeSpan.FromSeconds(1));
        await host.OnLoopAsync(() => host.Server.Emit(new TestEvent("LIMITED", "offset", "4")));

        Assert.That((await client.ReadLinesAsync(9)).Select(Short), Is.EqualTo([
            "123000 LIMITED 1", "123000 LIMITED_BY_ID a", "123000 LIMITED_BY_ID b", "423000 STOP",
            "323000 LIMITED 3", "323000 LIMITED_BY_ID a", "323000 LIMITED_BY_ID b", "423000 RESUME", "423000 LIMITED 4",
        ]));
    }

    [Test]
    public async Task Events_newer_than_the_profile_are_not_sent()
    {
        await using var host = new TestHost(profile: new VersionProfile(new QemuRelease(6, 2)));
        RawClient client = await host.NegotiateAsync();

        await host.OnLoopAsync(() => host.Server.Emit(new NewEvent()));
        await client.SendAsync("{'execute':'query-name'}");

        Assert.That(await client.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
    }

    private static async Task AdvanceAsync(TestHost host, FakeTimeProvider clock, TimeSpan time)
    {
        clock.Advance(time);
        await host.Loop.YieldAsync();
    }

    private static string Short(string line)
    {
        string[] parts = line.Split('"');
        return $"{parts[6].Trim(' ', ':', '}', ',')} {parts[9]}{(parts.Length > 15 ? " " + parts[15] : string.Empty)}";
    }

    private sealed record NewEvent : QapiEvent
    {
        public override string Name => "NEW";

        public override QemuRelease Since => new(7, 0);

        public override bool HasData => false;

        public override void WriteTo(QapiWriter writer, VersionProfile profile) => throw new InvalidOperationException();
    }
}
