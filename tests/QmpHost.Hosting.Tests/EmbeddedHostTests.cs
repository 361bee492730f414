using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Nerdbank.Streams;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Testing.Support;

namespace QmpHost.Hosting.Tests;

/// <summary>Hosts in the process of whoever uses the library.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class EmbeddedHostTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>QEMU hangs here: its monitor waits for a request that only a command lets go.</summary>
    [Test]
    public async Task A_request_of_the_monitor_to_a_disk_whose_mirror_is_pending_fails_at_once()
    {
        using var output = new StringWriter();
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { StandardOutput = output, StandardError = output });
        await using QmpClient client = await NegotiateAsync(host);
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'a','size':1048576}");
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'b','size':1048576}");
        await ExecuteAsync(client, "blockdev-mirror", "{'job-id':'j','device':'a','target':'b','sync':'full','auto-finalize':false}");
        await client.WaitForEventAsync("BLOCK_JOB_READY").WaitAsync(Patience);
        await ExecuteAsync(client, "job-complete", "{'id':'j'}");
        await client.WaitForEventAsync("BLOCK_JOB_PENDING").WaitAsync(Patience);

        await client.ExecuteAsync("human-monitor-command", (QDict)JsonParser.Parse("{\"command-line\":\"qemu-io a \\\"write 0 64k\\\"\"}")).WaitAsync(Patience);

        Assert.That(output.ToString(), Does.Contain("write failed: Device or resource busy"));
        await ExecuteAsync(client, "job-finalize", "{'id':'j'}");
        await client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(Patience);
    }

    /// <summary>While the filter becomes quiet its job ends and takes it out: an overlay above it would stand in a circle.</summary>
    [Test]
    public async Task A_snapshot_above_the_filter_of_a_job_that_ends_meanwhile_finds_no_filter()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        using var folder = new TestFolder();
        await using QmpClient client = await StartWithEmptyDiskAsync(host, folder);

        Task backup = ExecuteAsync(client, "blockdev-backup", "{'job-id':'j','device':'o','target':'t','sync':'top','filter-node-name':'f'}");
        Task snapshot = ExecuteAsync(client, "blockdev-snapshot", "{'node':'f','overlay':'o'}");
        await backup;

        Assert.That(async () => await snapshot, Throws.TypeOf<QmpException>().With.Message.EqualTo("Cannot find device='f' nor node-name='f'"));
        Assert.That((await client.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Not.Contain("copy-before-write"));
    }

    /// <summary>A node above a filter that is gone would read from a disk that anybody may delete.</summary>
    [Test]
    public async Task A_node_above_the_filter_of_a_job_that_ends_meanwhile_stands_above_its_disk_or_nowhere()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        using var folder = new TestFolder();
        await using QmpClient client = await StartWithEmptyDiskAsync(host, folder);

        Task backup = ExecuteAsync(client, "blockdev-backup", "{'job-id':'j','device':'o','target':'t','sync':'top','filter-node-name':'f'}");
        Task<QObject> add = ExecuteAsync(client, "blockdev-add", "{'driver':'raw','node-name':'r','file':'f'}");
        await backup;
        await Task.WhenAny(add);
        await WaitForStatusAsync(client, "j", "null");

        Assert.That((await client.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Not.Contain("copy-before-write"));
        Assert.That(async () => await ExecuteAsync(client, "blockdev-del", "{'node-name':'o'}"), add.IsFaulted ? Throws.Nothing : Throws.TypeOf<QmpException>());
    }

    [Test]
    public async Task Many_hosts_live_side_by_side_and_know_nothing_of_each_other()
    {
        var hosts = new List<BlockHost>();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                hosts.Add(await BlockHost.StartAsync());
            }

            await Parallel.ForEachAsync(hosts.Select((host, index) => (host, index)), async (item, _) =>
            {
                await using QmpClient client = await NegotiateAsync(item.host);
                await ExecuteAsync(client, "blockdev-add", $"{{'driver':'null-co','node-name':'disk{item.index}'}}");
            });

            await using QmpClient last = await NegotiateAsync(hosts[^1]);
            string nodes = (await last.ExecuteAsync("query-named-block-nodes")).ToString();
            Assert.That(nodes, Does.Contain("\"disk199\"").And.Not.Contain("\"disk198\""));
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
    }

    [Test]
    public async Task A_fake_clock_stamps_events()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Clock = clock });
        await using QmpClient client = await NegotiateAsync(host);

        await client.ExecuteAsync("stop");
        clock.Advance(TimeSpan.FromHours(1));
        await client.ExecuteAsync("cont");

        Assert.That((await client.WaitForEventAsync("STOP")).Timestamp, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)));
        Assert.That((await client.WaitForEventAsync("RESUME")).Timestamp, Is.EqualTo(DateTimeOffset.FromUnixTimeSeconds(1_700_003_600)));
    }

    [Test]
    public async Task A_command_that_comes_while_the_host_ends_is_not_carried_out()
    {
        var clock = new FakeTimeProvider();
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Clock = clock });
        await using QmpClient ender = await NegotiateAsync(host);
        await using QmpClient late = await host.ConnectAsync(new QmpClientOptions { Negotiate = false });
        await late.NegotiateAsync(oob: true);
        await ExecuteAsync(ender, "blockdev-add", "{'driver':'null-co','node-name':'s','size':1048576,'latency-ns':1000000000}");
        await ExecuteAsync(ender, "blockdev-add", "{'driver':'null-co','node-name':'t','size':1048576}");
        await ExecuteAsync(ender, "blockdev-backup", "{'job-id':'j','device':'s','target':'t','sync':'full'}");

        // The job's request is under way: the end has to wait for it.
        Task<QObject> quit = ender.ExecuteAsync("quit");
        await host.ShutdownRequested.WaitAsync(Patience);
        Task<QObject> add = ExecuteAsync(late, "blockdev-add", "{'driver':'null-co','node-name':'late'}");
        Task<QObject> refused = late.ExecuteAsync("quit", oob: true);
        Task end = host.DisposeAsync().AsTask();
        Assert.That(() => refused, Throws.TypeOf<QmpException>());
        clock.Advance(TimeSpan.FromSeconds(1));

        await quit.WaitAsync(Patience);
        await end.WaitAsync(Patience);
        Assert.That(() => add, Throws.TypeOf<QmpConnectionException>());
    }

    [Test]
    public async Task A_client_that_leaves_with_commands_behind_its_quit_is_done_with()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        (IDuplexPipe mine, IDuplexPipe theirs) = FullDuplexStream.CreatePipePair();
        await using var connection = new PipeConnection(theirs);
        Task served = host.Monitors.ServeAsync(connection);
        await mine.Output.WriteAsync("{'execute':'qmp_capabilities'}{'execute':'quit'}{'execute':'query-version'}"u8.ToArray());
        await mine.Output.CompleteAsync();

        await served.WaitAsync(Patience);
        Assert.That(host.ShutdownRequested.IsCompleted);
    }

    [Test]
    public async Task Disposal_cancels_running_jobs_and_tells_their_clients()
    {
        BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await NegotiateAsync(host);
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'disk','size':1048576}");
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'target','size':1048576}");
        await ExecuteAsync(client, "blockdev-backup", "{'job-id':'job','device':'disk','target':'target','sync':'none'}");

        await host.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.That((await client.WaitForEventAsync("BLOCK_JOB_CANCELLED").WaitAsync(Patience)).Data!.ToString(), Does.Contain("job"));
        await client.Completion.WaitAsync(Patience);
    }

    [Test]
    public async Task Disposal_may_be_asked_for_more_than_once()
    {
        BlockHost host = await BlockHost.StartAsync();

        await Task.WhenAll(host.DisposeAsync().AsTask(), host.DisposeAsync().AsTask()).WaitAsync(Patience);
        await host.DisposeAsync();
    }

    [TestCase("6.2", false)]
    [TestCase("7.0", true)]
    [TestCase("7.2", true)]
    [TestCase("10.0", true)]
    public async Task A_host_offers_what_its_release_has(string release, bool hasSnapshotAccess)
    {
        Assert.That(VersionProfile.TryParse(release, out VersionProfile? profile), Is.True);
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Profile = profile! });
        await using QmpClient client = await NegotiateAsync(host);

        QObject version = await client.ExecuteAsync("query-version");
        string schema = (await client.ExecuteAsync("query-qmp-schema")).ToString();

        string[] parts = release.Split('.');
        Assert.That(version.ToString(), Does.Contain($"\"major\": {parts[0]}").And.Contain($"\"minor\": {parts[1]}"));
        Assert.That(schema.Contains("\"snapshot-access\"", StringComparison.Ordinal), Is.EqualTo(hasSnapshotAccess));
    }

    [Test]
    public async Task Quitting_asks_the_owner_to_dispose_the_host()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await NegotiateAsync(host);

        await client.ExecuteAsync("quit");

        Assert.That((await host.ShutdownRequested.WaitAsync(Patience)).ToString(), Is.EqualTo("HostQmpQuit"));
    }

    private static async Task<QmpClient> NegotiateAsync(BlockHost host)
    {
        QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        return client;
    }

    private static Task<QObject> ExecuteAsync(QmpClient client, string command, string arguments)
        => client.ExecuteAsync(command, (QDict)JsonParser.Parse(arguments));

    // A disk "o" to whose backing file nothing has been added, and a target "t".
    private static async Task<QmpClient> StartWithEmptyDiskAsync(BlockHost host, TestFolder folder)
    {
        QmpClient client = await NegotiateAsync(host);
        await ExecuteAsync(client, "blockdev-create", $"{{'job-id':'c','options':{{'driver':'file','filename':'{folder["o"]}','size':0}}}}");
        await WaitForStatusAsync(client, "c", "concluded");
        await ExecuteAsync(client, "blockdev-add", $"{{'driver':'file','filename':'{folder["o"]}','node-name':'p'}}");
        await ExecuteAsync(client, "blockdev-create", "{'job-id':'d','options':{'driver':'qcow2','file':'p','size':1048576}}");
        await WaitForStatusAsync(client, "d", "concluded");
        await ExecuteAsync(client, "blockdev-add", "{'driver':'qcow2','file':'p','node-name':'o','backing':null}");
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'t','size':1048576}");
        return client;
    }

    private static Task<QmpEvent> WaitForStatusAsync(QmpClient client, string job, string status)
        => client.WaitForEventAsync("JOB_STATUS_CHANGE", (QDict)JsonParser.Parse($"{{'data':{{'id':'{job}','status':'{status}'}}}}"), Patience);
}
