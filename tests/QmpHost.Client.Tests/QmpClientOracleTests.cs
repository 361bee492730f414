using System.Collections.Concurrent;
using NUnit.Framework;
using QmpHost.Protocol.Tests.Oracle;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Client.Tests;

/// <summary>The client against QEMU's own storage daemon.</summary>
[Category("Oracle")]
public sealed class QmpClientOracleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Greets_negotiates_and_executes()
    {
        await using OracleDaemon oracle = await OracleDaemon.StartAsync();
        await using QmpClient client = await QmpClient.ConnectUnixAsync(oracle.SocketPath, new QmpClientOptions { Negotiate = false });

        Assert.That(client.Greeting.Version.Major, Is.GreaterThanOrEqualTo(7));
        Assert.That(client.Greeting.Capabilities, Does.Contain("oob"));
        Assert.That(() => client.ExecuteAsync("query-version"), Throws.TypeOf<QmpException>().With.Property("ErrorClass").EqualTo(QmpErrorClass.CommandNotFound));
        await client.NegotiateAsync(oob: true);
        Assert.That(await client.ExecuteAsync("query-version"), Is.TypeOf<QDict>());
        Assert.That(
            () => client.ExecuteAsync("blockdev-del", Dict("{'node-name': 'x'}")),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Failed to find node with node-name='x'"));
    }

    [Test]
    public async Task Overlapping_commands_get_their_own_replies()
    {
        await using OracleDaemon oracle = await OracleDaemon.StartAsync();
        await using QmpClient client = await QmpClient.ConnectUnixAsync(oracle.SocketPath);
        await client.NegotiateAsync();

        Task<QObject>[] adds = [.. Enumerable.Range(0, 100).Select(i =>
            client.ExecuteAsync("blockdev-add", Dict($"{{'driver': 'null-co', 'node-name': 'n{i}', 'size': {i * 512}}}")))];
        await Task.WhenAll(adds);
        var nodes = (QList)await client.ExecuteAsync("query-named-block-nodes");

        Assert.That(nodes, Has.Count.EqualTo(100));
    }

    [Test]
    public async Task Events_are_queued_in_order_before_the_reply_that_follows_them()
    {
        var transcript = new ConcurrentQueue<QmpTranscriptEntry>();
        await using OracleDaemon oracle = await OracleDaemon.StartAsync();
        await using QmpClient client = await QmpClient.ConnectUnixAsync(oracle.SocketPath, new QmpClientOptions { Transcript = transcript.Enqueue });
        await client.NegotiateAsync();
        string path = oracle.SocketPath + ".raw";

        await client.ExecuteAsync("blockdev-create", Dict($"{{'job-id': 'j', 'options': {{'driver': 'file', 'filename': '{path}', 'size': 1048576}}}}"));
        QmpEvent concluded = await client.WaitForEventAsync("JOB_STATUS_CHANGE", Dict("{'data': {'status': 'concluded'}}"), Patience);
        await client.ExecuteAsync("job-dismiss", Dict("{'id': 'j'}"));

        Assert.That(((QString)concluded.Data!["id"]).Value, Is.EqualTo("j"));
        var statuses = new List<string>();
        while (client.PullEvent() is { } e)
        {
            statuses.Add(((QString)e.Data!["status"]).Value);
        }

        Assert.That(statuses, Is.EqualTo(["created", "running", "waiting", "pending", "null"]));
        Assert.That(transcript.First().Text, Does.StartWith("{\"QMP\": "));
        Assert.That(transcript.Count(e => e.IsReceived), Is.EqualTo(1 + 3 + 6));
        Assert.That(transcript.Last().Text, Does.StartWith("{\"return\": {}, \"id\": "));
    }

    [Test]
    public async Task A_server_that_quits_fails_whoever_waits()
    {
        await using OracleDaemon oracle = await OracleDaemon.StartAsync();
        await using QmpClient client = await QmpClient.ConnectUnixAsync(oracle.SocketPath);
        await client.NegotiateAsync();
        Task<QmpEvent> never = client.WaitForEventAsync("NEVER");

        await client.ExecuteAsync("quit");
        await client.Completion.WaitAsync(Patience);

        Assert.That(() => never, Throws.TypeOf<QmpConnectionException>());
        Assert.That(() => client.ExecuteAsync("query-version"), Throws.TypeOf<QmpConnectionException>());
    }

    private static QDict Dict(string text) => (QDict)JsonParser.Parse(text);
}
