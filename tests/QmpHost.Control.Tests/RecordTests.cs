using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Control.Recording;

namespace QmpHost.Control.Tests;

/// <summary>What was said is recorded as it was said.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RecordTests
{
    [Test]
    public async Task Commands_replies_and_events_are_recorded_in_their_order()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Record.StartAsync();

        await host.ExecuteAsync("stop");
        Assert.That(async () => await host.ExecuteAsync("blockdev-add", "{'driver':'file'}"), Throws.Exception);

        Assert.That(
            host.Control.Record.Entries().Select(static entry => $"{entry.Kind} {entry.Name}"),
            Is.EqualTo(new[] { "Command stop", "Event STOP", "Return stop", "Command blockdev-add", "Error blockdev-add" }));
        Assert.That(host.Control.Record.Entries()[0].Parse().ToString(), Does.Contain("\"execute\": \"stop\""));
    }

    [Test]
    public async Task Clients_that_come_and_go_are_recorded()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Record.StartAsync();
        var gone = new TaskCompletionSource();
        host.Control.Record.Added += entry =>
        {
            if (entry.Kind == RecordKind.Disconnected)
            {
                gone.TrySetResult();
            }
        };

        await (await host.Host.ConnectAsync(new QmpClientOptions { Negotiate = false })).DisposeAsync();
        await gone.Task.WaitAsync(ControlledHost.Patience);

        Assert.That(
            host.Control.Record.Entries().Select(static entry => (entry.Client, entry.Kind)),
            Is.EqualTo(new[] { (2, RecordKind.Connected), (2, RecordKind.Greeting), (2, RecordKind.Disconnected) }));
    }
}
