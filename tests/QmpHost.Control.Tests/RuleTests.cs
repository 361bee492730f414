using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Client;
using QmpHost.Control.Matching;
using QmpHost.Control.Rules;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Tests;

/// <summary>Rules let a host fail as they say.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RuleTests
{
    [Test]
    public async Task A_job_fails_with_the_error_of_a_rule()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        ActiveRule rule = await host.Control.Rules.AddAsync(new FaultRule { Request = new RequestMatch { Job = "job", Node = "copy" }, Errno = Errno.EIO });

        await host.BackUpAsync();
        QmpEvent end = await host.Client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);

        Assert.That(end.Data!.ToString(), Does.Contain("Input/output error"));
        Assert.That(rule.Hits, Is.GreaterThan(0));
    }

    [Test]
    public async Task A_disk_is_full_after_some_bytes()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        await host.WriteAsync("disk", 0, [.. Enumerable.Repeat((byte)1, 1 << 20)]);
        await host.Control.Rules.AddAsync(new FaultRule { Request = new RequestMatch { File = "*/copy" }, FullAfter = 200_000 });

        await host.BackUpAsync();
        QmpEvent end = await host.Client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);

        Assert.That(end.Data!.ToString(), Does.Contain("No space left on device"));
        Assert.That(host.Contents("copy").Count(static b => b == 1), Is.InRange(1, 200_000));
    }

    [Test]
    public async Task The_same_requests_fail_each_time_for_the_same_seed()
    {
        async Task<string> PlayAsync(int seed)
        {
            await using ControlledHost host = await ControlledHost.StartAsync();
            await host.AddFileAsync("disk");
            await host.Control.Rules.AddAsync(new FaultRule
            {
                Request = new RequestMatch { Kinds = [NodeRequestKind.Write] },
                When = new Occurrence { Probability = 0.5, Seed = seed },
                Errno = Errno.ENOSPC,
            });
            var outcome = new char[32];
            for (int i = 0; i < outcome.Length; i++)
            {
                try
                {
                    await host.WriteAsync("disk", i * 512, new byte[512]);
                    outcome[i] = '.';
                }
                catch (BlockIOException)
                {
                    outcome[i] = 'x';
                }
            }

            return new string(outcome);
        }

        string first = await PlayAsync(1);

        Assert.That(await PlayAsync(1), Is.EqualTo(first));
        Assert.That(await PlayAsync(2), Is.Not.EqualTo(first));
        Assert.That(first, Does.Contain("x").And.Contain("."));
    }

    [Test]
    public async Task A_command_is_answered_with_an_error_the_second_time()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule
        {
            Command = new ConversationMatch { Command = "blockdev-add", Arguments = (QDict)JsonParser.Parse("{'driver':'null-*'}") },
            When = new Occurrence { Nth = 2 },
            Error = new RuleError("No luck today", QmpErrorClass.DeviceNotFound),
        });

        await host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'a'}");

        Assert.That(
            () => host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'b'}"),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("No luck today").And.Property("ErrorClass").EqualTo(QmpErrorClass.DeviceNotFound));
        await host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'c'}");
        Assert.That((await host.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Not.Contain("\"b\""));
    }

    [Test]
    public async Task A_reply_that_never_comes_does_not_hold_up_the_next()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Reply = new ConversationMatch { Command = "query-name" }, Never = true });

        Task lost = host.Client.ExecuteAsync("query-name");
        await host.ExecuteAsync("query-version");

        Assert.That(lost.IsCompleted, Is.False);
    }

    [Test]
    public async Task An_event_comes_twice_or_never()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Event = new EventMatch { Name = "STOP" }, Repeat = 2 });
        await host.Control.Rules.AddAsync(new FaultRule { Event = new EventMatch { Name = "RESUME" }, Repeat = 0 });

        await host.ExecuteAsync("stop");
        await host.ExecuteAsync("cont");
        await host.ExecuteAsync("query-name");

        Assert.That(host.Client.PullEvent()?.Name, Is.EqualTo("STOP"));
        Assert.That(host.Client.PullEvent()?.Name, Is.EqualTo("STOP"));
        Assert.That(host.Client.PullEvent(), Is.Null);
    }

    [Test]
    public async Task Messages_come_in_single_bytes()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Wire = new WireMatch(), Split = 1 });

        Assert.That((await host.ExecuteAsync("query-version")).ToString(), Does.Contain("qemu"));
    }

    [Test]
    public async Task Two_messages_come_in_one_packet()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Wire = new WireMatch { Client = 2 }, Merge = 3 });
        await using Stream monitor = host.Host.OpenMonitor();
        await monitor.WriteAsync("{'execute':'qmp_capabilities'}"u8.ToArray());
        await monitor.WriteAsync("{'execute':'query-name'}"u8.ToArray());
        byte[] buffer = new byte[4096];

        int read = await monitor.ReadAsync(buffer).AsTask().WaitAsync(ControlledHost.Patience);

        Assert.That(buffer.AsSpan(0, read).Count((byte)'\n'), Is.EqualTo(3));
    }

    [TestCase(DropPoint.Before, false)]
    [TestCase(DropPoint.Within, false)]
    [TestCase(DropPoint.After, true)]
    public async Task A_connection_is_dropped_around_a_reply(DropPoint point, bool isAnswered)
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Reply = new ConversationMatch { Command = "blockdev-add" }, Drop = point });

        Task<QObject> add = host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'n'}");
        if (isAnswered)
        {
            await add;
        }
        else
        {
            Assert.That(() => add, Throws.TypeOf<QmpConnectionException>());
        }

        await host.Client.Completion.WaitAsync(ControlledHost.Patience);
        await using QmpClient other = await host.Host.ConnectAsync();
        await other.NegotiateAsync();
        Assert.That((await other.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("\"n\""), "the command has run");
    }

    [Test]
    public async Task An_event_comes_before_the_greeting()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.Control.Rules.AddAsync(new FaultRule { Wire = new WireMatch(), Early = new RuleEvent("RESUME") });
        await using Stream monitor = host.Host.OpenMonitor();
        using var reader = new StreamReader(monitor);

        Assert.That(await reader.ReadLineAsync().WaitAsync(ControlledHost.Patience), Does.Contain("RESUME"));
        Assert.That(await reader.ReadLineAsync().WaitAsync(ControlledHost.Patience), Does.Contain("QMP"));
    }

    [Test]
    public async Task A_rule_that_says_too_much_is_refused()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();

        Assert.That(
            () => host.Control.Rules.AddAsync(new FaultRule { Event = new EventMatch(), Errno = Errno.EIO }),
            Throws.ArgumentException.With.Message.Contains("repeat, latency"));
    }
}
