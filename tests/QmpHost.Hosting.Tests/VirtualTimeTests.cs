using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Hosting.Tests;

/// <summary>Hosts whose clock stands still until a test moves it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class VirtualTimeTests
{
    private const long Speed = 1024 * 1024;

    [Test]
    public async Task Ten_minutes_of_a_throttled_job_pass_at_once_and_are_the_same_every_time()
    {
        var seen = new HashSet<string>();
        for (int i = 0; i < 5; i++)
        {
            await using BlockHost host = await StartAsync();
            await using QmpClient client = await StartBackupAsync(host, "null-co");

            await host.Clock.AdvanceAsync(TimeSpan.FromMinutes(10));

            Assert.That(host.Clock.Elapsed, Is.EqualTo(TimeSpan.FromMinutes(10)));
            seen.Add((await client.ExecuteAsync("query-jobs")).ToString());
        }

        Assert.That(seen, Has.Count.EqualTo(1));
        long current = ProgressOf(seen.Single());
        Assert.That(current, Is.EqualTo(600 * Speed).Within(4 * Speed));
    }

    [Test]
    public async Task Files_take_part_and_the_job_ends_when_the_time_is_over()
    {
        string path = Path.GetTempFileName();
        try
        {
            for (int i = 0; i < 3; i++)
            {
                await using BlockHost host = await StartAsync();
                await using QmpClient client = await StartBackupAsync(host, "null-co", path, size: 16 * Speed);

                await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(7));
                Assert.That(client.PullEvent(e => e.Name == "BLOCK_JOB_COMPLETED"), Is.Null);
                await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(10));

                // It has come by now: nothing is waited for.
                Assert.That(client.PullEvent(e => e.Name == "BLOCK_JOB_COMPLETED"), Is.Not.Null);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task A_command_that_was_sent_and_not_awaited_is_carried_out_before_time_passes()
    {
        await using BlockHost host = await StartAsync();
        await using QmpClient client = await StartBackupAsync(host, "null-co");

        Task<QObject> pause = client.ExecuteAsync("job-pause", (QDict)JsonParser.Parse("{'id':'job'}"));
        await host.Clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.That(pause.IsCompleted);
        Assert.That(ProgressOf((await client.ExecuteAsync("query-jobs")).ToString()), Is.LessThan(2 * Speed));
    }

    [Test]
    public async Task Settling_brings_every_event_to_its_client()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient first = await host.ConnectAsync();
        await using QmpClient second = await host.ConnectAsync();
        await first.NegotiateAsync();
        await second.NegotiateAsync();
        for (int i = 0; i < 200; i++)
        {
            await first.ExecuteAsync(i % 2 == 0 ? "stop" : "cont");
            await host.SettleAsync();
            Assert.That(second.PullEvent()?.Name, Is.EqualTo(i % 2 == 0 ? "STOP" : "RESUME"));
        }
    }

    [Test]
    public async Task Hosts_of_one_clock_move_together()
    {
        var clock = new VirtualClock();
        await using BlockHost one = await BlockHost.StartAsync(new BlockHostOptions { Clock = clock });
        await using BlockHost two = await BlockHost.StartAsync(new BlockHostOptions { Clock = clock });
        await using QmpClient client = await StartBackupAsync(two, "null-co", size: Speed);

        await one.Clock.AdvanceAsync(TimeSpan.FromSeconds(5));

        Assert.That(client.PullEvent(e => e.Name == "BLOCK_JOB_COMPLETED"), Is.Not.Null);
    }

    [Test]
    public async Task The_real_clock_is_not_to_be_moved()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        Assert.That(host.Clock.IsVirtual, Is.False);
        Assert.That(() => host.Clock.AdvanceAsync(TimeSpan.Zero), Throws.InvalidOperationException);
        await host.SettleAsync();
    }

    private static Task<BlockHost> StartAsync() => BlockHost.StartAsync(new BlockHostOptions { Clock = new VirtualClock() });

    private static async Task<QmpClient> StartBackupAsync(BlockHost host, string source, string? target = null, long size = 1024 * Speed)
    {
        QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        if (target is not null)
        {
            await using FileStream file = File.OpenWrite(target);
            file.SetLength(size);
        }

        await AddAsync(client, "disk", $"'driver':'{source}','size':{size}");
        await AddAsync(client, "target", target is null ? $"'driver':'null-co','size':{size}" : $"'driver':'file','filename':'{target}'");
        await client.ExecuteAsync("blockdev-backup", (QDict)JsonParser.Parse(
            $"{{'job-id':'job','device':'disk','target':'target','sync':'full','speed':{Speed}}}"));
        return client;
    }

    private static Task<QObject> AddAsync(QmpClient client, string name, string options)
        => client.ExecuteAsync("blockdev-add", (QDict)JsonParser.Parse($"{{'node-name':'{name}',{options}}}"));

    private static long ProgressOf(string jobs) => ((QNum)((QDict)((QList)JsonParser.Parse(jobs))[0])["current-progress"]!).TryGetInt64(out long value) ? value : -1;
}
