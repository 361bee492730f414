using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Control.Exploring;
using QmpHost.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Tests;

/// <summary>Orders that break a client are found.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ExplorerTests
{
    [Test]
    public async Task A_client_that_waits_for_events_passes_under_all_orders()
        => await Explorer.RunAsync(host => BackUpAsync(host, waits: true), seeds: 20);

    [Test]
    public void A_client_that_relies_on_luck_fails_with_the_seed()
    {
        ExplorationException failure = Assert.ThrowsAsync<ExplorationException>(
            () => Explorer.RunAsync(host => BackUpAsync(host, waits: false), seeds: 200))!;

        Assert.That(failure.Message, Does.StartWith($"Fails with seed {failure.Seed}").And.Contain("query-jobs").And.Contain("graph:"));
    }

    // A lucky client asks for the outcome with its next command, which it sends at once: how fast the client itself is decides nothing.
    private static async Task BackUpAsync(BlockHost host, bool waits)
    {
        await using QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'disk','size':8388608}");
        await ExecuteAsync(client, "blockdev-add", "{'driver':'null-co','node-name':'copy','size':8388608}");
        Task<QObject> backup = ExecuteAsync(client, "blockdev-backup", "{'job-id':'job','device':'disk','target':'copy','sync':'full','auto-dismiss':false}");
        if (waits)
        {
            await backup;
            await client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);
        }

        QObject jobs = await client.ExecuteAsync("query-jobs");
        await backup;
        if (!jobs.ToString().Contains("\"concluded\"", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("The job has not ended.");
        }
    }

    private static Task<QObject> ExecuteAsync(QmpClient client, string command, string arguments)
        => client.ExecuteAsync(command, (QDict)JsonParser.Parse(arguments)).WaitAsync(ControlledHost.Patience);
}
