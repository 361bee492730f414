using NUnit.Framework;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>The order of execution and of replies. Observed on QEMU with a command that blocks.</summary>
public sealed class SessionOrderTests
{
    [Test]
    public async Task In_band_commands_wait_for_the_one_before([Values] bool withDoor)
    {
        await using var host = new TestHost(withDoor: withDoor);
        RawClient client = await host.NegotiateAsync();

        await client.SendAsync("{'execute':'wait','id':1}{'execute':'note','arguments':{'text':'a'},'id':2}{bad}{'execute':'query-name','id':3}");
        await EndWaitAsync(host);

        Assert.That(await client.ReadLinesAsync(4), Is.EqualTo([
            "{\"return\": {}, \"id\": 1}",
            "{\"return\": {}, \"id\": 2}",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, invalid keyword 'bad'\"}}",
            "{\"return\": {}, \"id\": 3}",
        ]));
    }

    [Test]
    public async Task Out_of_band_commands_and_their_errors_overtake()
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync(oob: true);

        await client.SendAsync(
            "{'execute':'wait','id':'s1'}{'execute':'query-name','id':'q1'}{'exec-oob':'oob-now','id':'o1'}{bad}{'exec-oob':'nope','id':'o2'}"
            + "{'exec-oob':'query-name','id':'o3'}{'execute':'nope','id':'i3'}{'exec-oob':5,'id':'o4'}{'exec-oob':'x','execute':'y','id':'b'}"
            + "{'exec-oob':'oob-now','bad':1,'id':'o5'}");

        Assert.That(await client.ReadLinesAsync(5), Is.EqualTo([
            "{\"return\": \"now\", \"id\": \"o1\"}",
            "{\"id\": \"o2\", \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command nope has not been found\"}}",
            "{\"id\": \"o3\", \"error\": {\"class\": \"GenericError\", \"desc\": \"The command query-name does not support OOB\"}}",
            "{\"id\": \"o4\", \"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input member 'exec-oob' must be a string\"}}",
            "{\"id\": \"o5\", \"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input member 'bad' is unexpected\"}}",
        ]));
        await EndWaitAsync(host);
        Assert.That(await client.ReadLinesAsync(5), Is.EqualTo([
            "{\"return\": {}, \"id\": \"s1\"}",
            "{\"return\": {}, \"id\": \"q1\"}",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, invalid keyword 'bad'\"}}",
            "{\"id\": \"i3\", \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command nope has not been found\"}}",
            "{\"id\": \"b\", \"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input member 'execute' clashes with 'exec-oob'\"}}",
        ]));
    }

    [Test]
    public async Task A_command_that_came_with_the_negotiation_overtakes_too()
    {
        await using var host = new TestHost();
        RawClient client = await host.ConnectAsync();

        await client.SendAsync("{'execute':'qmp_capabilities','arguments':{'enable':['oob']}}{'execute':'wait'}{'exec-oob':'oob-now'}");

        Assert.That(await client.ReadLinesAsync(2), Is.EqualTo(["{\"return\": {}}", "{\"return\": \"now\"}"]));
        await EndWaitAsync(host);
        Assert.That(await client.ReadLineAsync(), Is.EqualTo("{\"return\": {}}"));
    }

    [Test]
    public async Task Without_the_capability_out_of_band_requests_are_refused_while_others_are_served([Values] bool negotiated)
    {
        await using var host = new TestHost();
        RawClient other = await host.NegotiateAsync();
        await other.SendAsync("{'execute':'wait'}");
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        RawClient client = await host.ConnectAsync();
        if (negotiated)
        {
            // The negotiation has to wait as well, and what is behind it.
            await client.SendAsync("{'exec-oob':'oob-now','id':0}{'execute':'qmp_capabilities'}{'exec-oob':'oob-now','id':1}");
        }
        else
        {
            await client.SendAsync("{'exec-oob':'oob-now','id':0}{'exec-oob':7,'id':1}{'execute':'query-name','id':2}{'exec-oob':'oob-now','id':3}");
        }

        const string refused = "\"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input member 'exec-oob' is unexpected\"}}";
        Assert.That(await client.ReadLineAsync(), Is.EqualTo("{\"id\": 0, " + refused));
        if (!negotiated)
        {
            Assert.That(await client.ReadLineAsync(), Is.EqualTo("{\"id\": 1, " + refused));
        }

        await EndWaitAsync(host);
        IReadOnlyList<string> rest = await client.ReadLinesAsync(2);
        Assert.That(rest[0], Is.EqualTo(negotiated
            ? "{\"return\": {}}"
            : "{\"id\": 2, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities negotiation with 'qmp_capabilities'\"}}"));
        Assert.That(rest[1], Is.EqualTo($"{{\"id\": {(negotiated ? 1 : 3)}, " + refused));
    }

    [TestCase(7, true)]
    [TestCase(8, false)]
    public async Task Eight_commands_may_wait_before_the_server_reads_no_further(int waiting, bool overtakes)
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync(oob: true);

        await client.SendAsync("{'execute':'wait'}");
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        await client.SendAsync(string.Concat(Enumerable.Range(0, waiting).Select(i => $"{{'execute':'query-name','id':{i}}}")) + "{'exec-oob':'oob-now'}");
        if (overtakes)
        {
            Assert.That(await client.ReadLineAsync(), Is.EqualTo("{\"return\": \"now\"}"));
        }

        await EndWaitAsync(host);
        IReadOnlyList<string> rest = await client.ReadLinesAsync(waiting + (overtakes ? 1 : 2));
        Assert.That(rest[0], Is.EqualTo("{\"return\": {}}"));
        Assert.That(rest.Contains("{\"return\": \"now\"}"), Is.Not.EqualTo(overtakes));
    }

    [Test]
    public async Task Out_of_band_commands_that_wait_do_not_pile_up()
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync(oob: true);

        await client.SendAsync(string.Concat(Enumerable.Repeat("{'exec-oob':'oob-wait'}", 20)));
        await host.UntilAsync(() => host.Commands.Waiting.Count == 8);
        for (int i = 0; i < 20; i++)
        {
            await EndWaitAsync(host);
        }

        Assert.That(await client.ReadLinesAsync(20), Is.All.EqualTo("{\"return\": {}}"));
    }

    [Test]
    public async Task Sessions_take_turns_and_never_overlap()
    {
        await using var host = new TestHost();
        RawClient first = await host.NegotiateAsync();
        RawClient second = await host.NegotiateAsync();

        await first.SendAsync("{'execute':'wait'}");
        await host.UntilAsync(() => host.Commands.Waiting.Count == 1);
        await first.SendAsync(Note("a1") + Note("a2") + Note("a3"));
        await host.UntilAsync(() => host.Server.Sessions.Sum(s => s.WaitingCount) == 3);
        await second.SendAsync(Note("b1") + Note("b2") + "{'execute':'wait'}");
        await host.UntilAsync(() => host.Server.Sessions.Sum(s => s.WaitingCount) == 6);
        Assert.That(host.Commands.Notes, Is.Empty);
        await EndWaitAsync(host);
        await first.ReadLinesAsync(4);
        await EndWaitAsync(host);
        await second.ReadLinesAsync(3);

        Assert.That(host.Commands.Notes, Is.EqualTo(["a1", "b1", "a2", "b2", "a3"]));
    }

    [Test]
    public async Task An_unexpected_exception_is_reported_and_the_session_goes_on()
    {
        await using var host = new TestHost();
        RawClient client = await host.NegotiateAsync();

        await client.SendAsync("{'execute':'break','id':1}{'execute':'query-name'}");

        Assert.That(await client.ReadLinesAsync(2), Is.EqualTo([
            "{\"id\": 1, \"error\": {\"class\": \"GenericError\", \"desc\": \"An internal error occurred; see the log\"}}",
            "{\"return\": {}}",
        ]));
        Assert.That(host.Errors.Single(), Is.TypeOf<InvalidOperationException>());
    }

    private static string Note(string text) => $"{{'execute':'note','arguments':{{'text':'{text}'}}}}";

    private static async Task EndWaitAsync(TestHost host)
    {
        await host.UntilAsync(() => host.Commands.Waiting.Count > 0);
        await host.OnLoopAsync(() => host.Commands.Waiting.Dequeue().SetResult());
    }
}
