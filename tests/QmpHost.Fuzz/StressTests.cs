using System.Globalization;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Client;
using QmpHost.Commands.HumanMonitor;
using QmpHost.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Testing.Support;

namespace QmpHost.Fuzz;

/// <summary>
/// Several monitors of both kinds and a guest over NBD do at once whatever they like on few names, over slow, throttled and
/// failing nodes. Nothing unexpected is told, everybody gets an answer, and in the end everything can be taken away.
/// </summary>
/// <remarks>Half of the cases also shuffle the order in which the host runs what is ready.</remarks>
[Category("Fuzz")]
internal sealed class StressTests
{
    private const int CommandsPerClient = 60;

    // A loaded machine may keep a thread from running for longer than any command takes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(FuzzRun.Setting("QMPHOST_FUZZ_PATIENCE", 20));

    [Test]
    public async Task Many_clients_at_once_leave_a_host_that_can_be_emptied()
    {
        using var folder = new TestFolder();
        for (var run = new FuzzRun(); run.Next(out Random random);)
        {
            using var log = new StressLog(System.IO.Path.Combine(TestContext.CurrentContext.WorkDirectory, $"stress-{run.Seed}.log"));
            try
            {
                await PlayAsync(random, folder.Path, log);
                log.Discard();
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {run.Seed}, conversation saved to {log.Path}: {e}");
            }
        }
    }

    private static async Task PlayAsync(Random random, string folder, StressLog log)
    {
        using var errors = new StringWriter();
        try
        {
            await PlayAsync(random, folder, errors, log);
        }
        finally
        {
            log.Note(errors.ToString());
        }
    }

    private static async Task PlayAsync(Random random, string folder, StringWriter errors, StressLog log)
    {
        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions
        {
            StandardError = errors,
            Machine = "q35",
            ShuffleSeed = random.Next(2) == 0 ? null : random.Next(),
        });
        await using (QmpClient client = await ConnectAsync(host))
        {
            foreach (string command in StressCommands.SetUp(folder))
            {
                await ExecuteAsync(client, command, log, "set up");
                await DismissAsync(client);
            }

            List<Task> clients = [.. Enumerable.Range(0, 3).Select(i => SendAsync(host, $"client {i}", new Random(random.Next()), folder, log))];
            clients.Add(TypeAsync(host, new StressCommands(new Random(random.Next()), folder), log));
            clients.Add(UseDiskAsync(new StressCommands(new Random(random.Next()), folder), log));
            try
            {
                await Task.WhenAll(clients).WaitAsync(Patience);
                await EmptyAsync(client, log);
            }
            catch (TimeoutException)
            {
                log.Note(HostState.Describe(host));
                throw;
            }

            Assert.That(PlatformWords.FindIn(errors.ToString()), Is.Null);
            Assert.That(await host.InvokeAsync(() => ValueTask.FromResult(host.Services.Layer.Graph.Nodes.Count)), Is.Zero);
        }

        await host.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.That(PlatformWords.FindIn(errors.ToString()), Is.Null);
    }

    private static async Task SendAsync(BlockHost host, string name, Random random, string folder, StressLog log)
    {
        var commands = new StressCommands(random, folder);
        await using QmpClient client = await ConnectAsync(host);
        for (int i = 0; i < CommandsPerClient; i++)
        {
            string command = commands.Next(out QDict? arguments);
            await ExecuteAsync(client, command, arguments, log, name);
            if (random.Next(4) == 0)
            {
                await Task.Delay(random.Next(4));
            }
        }
    }

    private static async Task TypeAsync(BlockHost host, StressCommands commands, StressLog log)
    {
        var monitor = new HumanMonitor(host.Services);
        for (int i = 0; i < CommandsPerClient / 2; i++)
        {
            string line = commands.NextLine();
            log.Note($"human: {line}");
            string answer = await host.InvokeAsync(() => monitor.ExecuteAsync(line)).WaitAsync(Patience);
            Assert.That(PlatformWords.FindIn(answer), Is.Null);
            log.Note($"human: {line}: {answer.Length} characters");
            await Task.Delay(1);
        }
    }

    private static async Task UseDiskAsync(StressCommands commands, StressLog log)
    {
        await using BlockHost guest = await BlockHost.StartAsync();
        await using QmpClient client = await ConnectAsync(guest);
        for (int i = 0; i < CommandsPerClient / 10; i++)
        {
            foreach (string command in commands.Guest())
            {
                await ExecuteAsync(client, command, log, "guest");
            }
        }
    }

    private static async Task EmptyAsync(QmpClient client, StressLog log)
    {
        await ExecuteAsync(client, "{'execute':'cont'}", log, "end");
        for (int round = 0; round < 2000; round++)
        {
            await DismissAsync(client);
            foreach (string id in await NamesAsync(client, "query-block-exports", "id"))
            {
                await TryAsync(client, "block-export-del", $"{{'id':'{id}','mode':'hard'}}");
            }

            await TryAsync(client, "device_del", "{'id':'v0'}");
            await TryAsync(client, "device_del", "{'id':'v1'}");
            foreach (string node in await NamesAsync(client, "query-named-block-nodes", "node-name"))
            {
                await TryAsync(client, "blockdev-del", $"{{'node-name':'{node}'}}");
            }

            if ((await NamesAsync(client, "query-jobs", "id")).Count == 0 && (await NamesAsync(client, "query-named-block-nodes", "node-name")).Count == 0
                && (await NamesAsync(client, "query-block-exports", "id")).Count == 0)
            {
                await TryAsync(client, "nbd-server-stop", "{}");
                return;
            }

            await Task.Delay(5);
        }

        string left = string.Join('\n', await client.ExecuteAsync("query-jobs"), await client.ExecuteAsync("query-block-exports"), await client.ExecuteAsync("x-debug-query-block-graph"));
        Assert.Fail($"This cannot be taken away:\n{left}");
    }

    private static async Task DismissAsync(QmpClient client)
    {
        foreach (string id in await NamesAsync(client, "query-jobs", "id"))
        {
            if (id.StartsWith('j'))
            {
                await TryAsync(client, "job-cancel", $"{{'id':'{id}'}}");
            }

            for (int i = 0; !id.StartsWith('j') && i < 2000 && !await TryAsync(client, "job-dismiss", $"{{'id':'{id}'}}"); i++)
            {
                await Task.Delay(1);
            }

            await TryAsync(client, "job-dismiss", $"{{'id':'{id}'}}");
        }
    }

    private static async Task<List<string>> NamesAsync(QmpClient client, string query, string member)
        => [.. ((QList)await client.ExecuteAsync(query).WaitAsync(Patience)).Select(item => ((QString)((QDict)item)[member]).Value)];

    private static async Task<bool> TryAsync(QmpClient client, string command, string arguments)
    {
        try
        {
            await client.ExecuteAsync(command, (QDict)JsonParser.Parse(arguments)).WaitAsync(Patience);
            return true;
        }
        catch (QmpException)
        {
            return false;
        }
    }

    private static Task ExecuteAsync(QmpClient client, string text, StressLog log, string who)
    {
        var command = (QDict)JsonParser.Parse(text);
        return ExecuteAsync(client, ((QString)command["execute"]).Value, command.TryGetValue("arguments", out QObject? a) ? (QDict)a : null, log, who);
    }

    private static async Task ExecuteAsync(QmpClient client, string command, QDict? arguments, StressLog log, string who)
    {
        log.Note($"{who}: {command} {arguments}");
        string answer;
        try
        {
            answer = (await client.ExecuteAsync(command, arguments).WaitAsync(Patience)).ToString();
        }
        catch (QmpException e)
        {
            answer = e.Message;
            Assert.That(answer, Does.Not.Contain("closed already").And.Not.Contain("no filter").And.Not.Contain("drained section"));
        }

        Assert.That(PlatformWords.FindIn(answer), Is.Null);
        log.Note(string.Create(CultureInfo.InvariantCulture, $"{who}: {command} -> {answer[..Math.Min(answer.Length, 300)]}"));
    }

    private static async Task<QmpClient> ConnectAsync(BlockHost host)
    {
        QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        return client;
    }
}
