using System.Collections.Concurrent;
using NUnit.Framework;
using QmpHost.Block.Graph.Interception;
using QmpHost.Client;
using QmpHost.Control.Gates;
using QmpHost.Control.Matching;
using QmpHost.Hosting;
using QmpHost.Hosting.Disks;
using QmpHost.Hosting.Guests;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Control.Tests;

/// <summary>Whatever a test does to its host, nothing hangs, and what fails says why.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RobustnessTests
{
    private const long Size = 1 << 20;

    [Test]
    public async Task A_host_ends_in_the_middle_of_everything([Values(true, false)] bool hasVirtualClock, [Values(0, 1, 2, 3, 4)] int round)
    {
        BlockHost host = await StartAsync(hasVirtualClock ? new VirtualClock() : TimeProvider.System);
        QmpClient client = await host.ConnectAsync();
        QmpClient other = await host.ConnectAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        GuestActivity activity = guest.Start(new GuestWorkload { RequestsPerSecond = 100_000, WritesBetweenFlushes = 3 });
        await client.BlockCore.BlockdevBackupAsync(new BlockdevBackup
        {
            JobId = "job",
            Device = "disk",
            Target = "copy",
            Sync = MirrorSyncMode.Full,
            Speed = 65536,
        });

        // As much of it as has begun when the host ends.
        Task[] all =
        [
            activity.Completion,
            Task.Run(() => guest.FillAsync(0, Size, 1)),
            Task.Run(() => client.WaitForAsync<BlockJobCompletedEvent>()),
            Task.Run(() => other.BlockCore.QueryNamedBlockNodesAsync()),
            Task.Run(() => other.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { NodeName = "n" })),
            Task.Run(() => host.Disks.SnapshotAsync("disk")),
            Task.Run(() => host.ObserveAsync()),
            Task.Run(() => host.SettleAsync()),
            Task.Run(async () => await (await host.ConnectAsync()).DisposeAsync()),
            Task.Run(() => hasVirtualClock ? host.Clock.AdvanceAsync(TimeSpan.FromSeconds(1)) : Task.CompletedTask),
            Task.Run(async () => await other.DisposeAsync()),
        ];
        for (int turn = 0; turn < round * 3; turn++)
        {
            await Task.Yield();
        }

        await host.DisposeAsync().AsTask().WaitAsync(ControlledHost.Patience);

        await Task.WhenAll(all).WaitAsync(ControlledHost.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(all.Select(static task => task.IsCompleted), Is.All.True, string.Join(' ', all.Select(static task => task.Status)));
        foreach (Exception failure in all.SelectMany(static task => task.Exception?.InnerExceptions ?? Enumerable.Empty<Exception>()))
        {
            Assert.That(
                failure,
                Is.InstanceOf<ObjectDisposedException>().Or.InstanceOf<QmpConnectionException>().Or.InstanceOf<QmpException>().Or.InstanceOf<GuestIOException>()
                    .Or.InstanceOf<OperationCanceledException>());
        }

        await activity.DisposeAsync();
        await activity.DisposeAsync();
        await client.DisposeAsync();
    }

    [TestCase("request")]
    [TestCase("command")]
    [TestCase("reply")]
    public async Task A_host_ends_while_a_gate_holds(string what)
    {
        BlockHost host = await StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        GateBoard gates = HostControl.Of(host).Gates;
        Gate gate = what switch
        {
            "request" => await gates.HoldRequestAsync(new RequestMatch { Kinds = [NodeRequestKind.Write] }),
            "command" => await gates.HoldCommandAsync(new ConversationMatch { Command = "query-name" }),
            _ => await gates.HoldReplyAsync(new ConversationMatch { Command = "query-name" }),
        };
        Gate idle = await gates.HoldJobAtPercentAsync("none", 50);
        Task wait = idle.WaitAsync();
        Task held = what == "request" ? guest.FillAsync(0, 512, 1) : client.ExecuteAsync("query-name");
        await gate.WaitAsync(ControlledHost.Patience);

        await host.DisposeAsync().AsTask().WaitAsync(ControlledHost.Patience);

        await held.WaitAsync(ControlledHost.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(held.IsCompleted, Is.True);
        Assert.That(() => wait.WaitAsync(ControlledHost.Patience), Throws.InvalidOperationException.With.Message.Contains("released before it held anything"));
        await gate.DisposeAsync();
    }

    [Test]
    public void Hosts_are_made_side_by_side_under_a_context_of_one_thread()
    {
        using var context = new OneThread();
        context.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using BlockHost host = await StartAsync(new VirtualClock());
            await using QmpClient client = await host.ConnectAsync();
            await using GuestActivity activity = (await host.Disks.AttachGuestAsync("disk")).Start(new GuestWorkload { Seed = i });
            await client.BlockCore.BlockdevBackupAsync(new BlockdevBackup { JobId = "job", Device = "disk", Target = "copy", Sync = MirrorSyncMode.Full });
            await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));
            await client.WaitForAsync<BlockJobCompletedEvent>(timeout: ControlledHost.Patience);
            Assert.That(SynchronizationContext.Current, Is.SameAs(context));
            Assert.That(activity.Requests, Is.EqualTo(100));
        })));
    }

    [Test]
    public async Task What_was_cancelled_before_it_began_does_nothing()
    {
        await using BlockHost host = await StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(() => host.ConnectAsync(cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { NodeName = "n" }, cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => client.WaitForAsync<StopEvent>(cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => client.ReadEventsAsync(cancelled).GetAsyncEnumerator().MoveNextAsync().AsTask(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await client.BlockCore.QueryNamedBlockNodesAsync()).Select(static node => node.NodeName), Has.None.EqualTo("n"));
    }

    [Test]
    public async Task A_command_that_is_given_up_leaves_the_connection_in_order()
    {
        await using BlockHost host = await StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        Gate gate = await HostControl.Of(host).Gates.HoldReplyAsync(new ConversationMatch { Command = "query-name" });
        using var giveUp = new CancellationTokenSource();
        Task name = client.ExecuteAsync("query-name", cancellationToken: giveUp.Token);
        await gate.WaitAsync(ControlledHost.Patience);
        await giveUp.CancelAsync();

        Assert.That(() => name.WaitAsync(ControlledHost.Patience), Throws.InstanceOf<OperationCanceledException>());
        await gate.ReleaseAsync();
        Assert.That((await client.Control.QueryVersionAsync().WaitAsync(ControlledHost.Patience)).Qemu.Major, Is.EqualTo(7));
    }

    [Test]
    public async Task A_condition_that_throws_fails_its_own_wait_and_nothing_else()
    {
        await using BlockHost host = await StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        Task<QmpEvent> wrong = client.WaitForEventAsync(static e => throw new InvalidOperationException("wrong"));
        Task<StopEvent> right = client.WaitForAsync<StopEvent>();

        await client.ExecuteAsync("stop");

        Assert.That(() => wrong.WaitAsync(ControlledHost.Patience), Throws.InvalidOperationException.With.Message.EqualTo("wrong"));
        await right.WaitAsync(ControlledHost.Patience);
    }

    [Test]
    public async Task Contents_are_compared_exactly()
    {
        await using BlockHost host = await StartAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await guest.FillAsync(1, 1, 1);
        await guest.FillAsync(513, 1, 1);
        await guest.FillAsync(1026, 1, 1);
        await guest.FillAsync(65530, 10, 1);

        Assert.That(
            (await host.Disks.SnapshotAsync("disk")).Differences(await host.Disks.SnapshotAsync("copy")),
            Is.EqualTo(new[] { new ByteRange(1, 513), new ByteRange(1026, 1), new ByteRange(65530, 10) }));
    }

    [Test]
    public async Task A_host_that_is_sent_another_way_keeps_to_it()
    {
        await using BlockHost host = await StartAsync();
        await HostControl.Of(host).ExploreAsync(1);
        await using QmpClient client = await host.ConnectAsync();
        await client.BlockCore.BlockdevBackupAsync(new BlockdevBackup { JobId = "job", Device = "disk", Target = "copy", Sync = MirrorSyncMode.Full });
        await client.WaitForAsync<BlockJobCompletedEvent>(timeout: ControlledHost.Patience);

        Assert.That(() => HostControl.Of(host).ExploreAsync(2), Throws.InvalidOperationException);
    }

    private static async Task<BlockHost> StartAsync(TimeProvider? clock = null)
    {
        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Clock = clock ?? TimeProvider.System });
        await host.Disks.AddAsync("disk", Size);
        await host.Disks.AddAsync("copy", Size);
        return host;
    }

    /// <summary>Continues everything on the thread that runs it, as test frameworks and user interfaces do.</summary>
    private sealed class OneThread : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _work = [];

        public override void Post(SendOrPostCallback d, object? state) => _work.Add((d, state));

        public void Run(Func<Task> test)
        {
            SynchronizationContext? before = Current;
            SetSynchronizationContext(this);
            try
            {
                Task running = test();
                _ = running.ContinueWith(_ => _work.CompleteAdding(), TaskScheduler.Default);
                while (_work.TryTake(out var item, ControlledHost.Patience))
                {
                    item.Callback(item.State);
                }

                Assert.That(running.IsCompleted, Is.True, "it hangs");
                running.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        public void Dispose() => _work.Dispose();
    }
}
