using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Interception;
using QmpHost.Client;
using QmpHost.Control.Gates;
using QmpHost.Control.Matching;
using QmpHost.Qapi;

namespace QmpHost.Control.Tests;

/// <summary>Gates hold exactly what they are for, and nothing else.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class GateTests
{
    [TestCase("blockdev-backup", "'device':'disk','target':'copy','sync':'full'")]
    [TestCase("blockdev-mirror", "'device':'disk','target':'copy','sync':'full'")]
    public async Task A_job_is_held_at_exactly_half_of_its_work(string command, string arguments)
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 50);

        await host.ExecuteAsync(command, $"{{'job-id':'job',{arguments}}}");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(await host.JobsAsync(), Does.Contain("\"current-progress\": 524288").And.Contain("\"total-progress\": 1048576"));
        Assert.That(gate.State, Is.EqualTo(GateState.Holding));
        await gate.ReleaseAsync();
        await host.Client.WaitForEventAsync(command == "blockdev-backup" ? "BLOCK_JOB_COMPLETED" : "BLOCK_JOB_READY").WaitAsync(ControlledHost.Patience);
    }

    [Test]
    public async Task A_stream_is_held_at_a_byte()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddFileAsync("base", 4 << 20);
        await File.WriteAllBytesAsync(Path.Combine(host.Folder, "base"), [.. Enumerable.Repeat((byte)7, 4 << 20)]);
        await host.AddFileAsync("top", 0);
        await host.ExecuteAsync("blockdev-create", "{'job-id':'c','options':{'driver':'qcow2','file':'top','size':4194304}}");
        await host.Client.WaitForEventAsync(e => e.Raw.ToString().Contains("concluded", StringComparison.Ordinal)).WaitAsync(ControlledHost.Patience);
        await host.ExecuteAsync("blockdev-add", "{'driver':'qcow2','node-name':'disk','file':'top','backing':'base'}");
        Gate gate = await host.Control.Gates.HoldJobAtByteAsync("job", 1 << 20);

        await host.ExecuteAsync("block-stream", "{'job-id':'job','device':'disk'}");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(await host.JobsAsync(), Does.Contain("\"current-progress\": 1048576"));
        await gate.ReleaseAsync();
        await host.Client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);
    }

    [Test]
    public async Task What_a_guest_writes_at_half_of_a_backup_is_not_in_the_backup()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        BlockBackend guest = await host.PlugInAsync("disk");
        Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 50);
        await host.BackUpAsync();
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        await host.WriteAsync(guest, 0, [.. Enumerable.Repeat((byte)1, 65536)]);
        await host.WriteAsync(guest, 983040, [.. Enumerable.Repeat((byte)1, 65536)]);
        await gate.ReleaseAsync();
        await host.Client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);

        Assert.That(host.Contents("copy"), Has.None.EqualTo((byte)1));
        Assert.That(host.Contents("disk").Count(static b => b == 1), Is.EqualTo(131072));
    }

    [TestCase("created", "\"status\": \"created\"")]
    [TestCase("running", "\"status\": \"running\"")]
    [TestCase("waiting", "\"status\": \"running\"")]
    [TestCase("pending", "\"status\": \"pending\"")]
    [TestCase("concluded", "\"status\": \"concluded\"")]
    public async Task A_job_is_held_at_a_state(string status, string shown)
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        Gate gate = await host.Control.Gates.HoldJobAtStatusAsync("j*", status);

        await host.ExecuteAsync("blockdev-backup", "{'job-id':'job','device':'disk','target':'copy','sync':'full'}");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(await host.JobsAsync(), Does.Contain(shown));
        await host.ExecuteAsync("query-named-block-nodes");
        await gate.ReleaseAsync();
        await host.Client.WaitForEventAsync(e => e.Raw.ToString().Contains("\"null\"", StringComparison.Ordinal)).WaitAsync(ControlledHost.Patience);
        Assert.That(await host.JobsAsync(), Is.EqualTo("[]"));
    }

    [TestCase("created")]
    [TestCase("running")]
    [TestCase("waiting")]
    [TestCase("pending")]
    public async Task A_job_that_is_held_can_be_cancelled(string status)
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        Gate gate = await host.Control.Gates.HoldJobAtStatusAsync("job", status);
        await host.BackUpAsync();
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        await host.ExecuteAsync("job-cancel", "{'id':'job'}");

        await host.Client.WaitForEventAsync(e => e.Raw.ToString().Contains("\"concluded\"", StringComparison.Ordinal)).WaitAsync(ControlledHost.Patience);
        Assert.That(await host.JobsAsync(), Does.Contain("Operation canceled"));
    }

    [TestCase("running")]
    [TestCase("waiting")]
    [TestCase("50 %")]
    public async Task A_host_with_a_held_job_ends(string place)
    {
        ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        Gate gate = place == "50 %"
            ? await host.Control.Gates.HoldJobAtPercentAsync("job", 50)
            : await host.Control.Gates.HoldJobAtStatusAsync("job", place);
        await host.BackUpAsync();
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        await host.DisposeAsync().AsTask().WaitAsync(ControlledHost.Patience);

        Assert.That(gate.State, Is.Not.EqualTo(GateState.Armed));
    }

    [Test]
    public async Task The_second_write_to_a_node_is_held_and_the_job_waits_for_it()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        await host.WriteAsync("disk", 0, [.. Enumerable.Repeat((byte)1, 1 << 20)]);
        Gate gate = await host.Control.Gates.HoldRequestAsync(new RequestMatch { Node = "copy", Kinds = [NodeRequestKind.Write] }, nth: 1);

        await host.BackUpAsync();
        string held = await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(held, Does.StartWith("Write of "));
        Assert.That(await host.JobsAsync(), Does.Contain("\"running\""));
        await gate.ReleaseAsync();
        await host.Client.WaitForEventAsync("BLOCK_JOB_COMPLETED").WaitAsync(ControlledHost.Patience);
        Assert.That(host.Contents("copy"), Is.All.EqualTo((byte)1));
    }

    [Test]
    public async Task A_command_is_held_before_it_runs_and_other_clients_go_on()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await using QmpClient other = await host.Host.ConnectAsync();
        await other.NegotiateAsync();
        Gate gate = await host.Control.Gates.HoldCommandAsync(new ConversationMatch { Command = "blockdev-*", Client = 1 });

        Task add = host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'n'}");
        Task<QObject> behind = host.ExecuteAsync("query-name");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That((await other.ExecuteAsync("query-named-block-nodes")).ToString(), Is.EqualTo("[]"));
        Assert.That(behind.IsCompleted, Is.False);
        await gate.ReleaseAsync();
        await add;
        await behind;
    }

    [Test]
    public async Task A_reply_is_held_after_its_command_has_run()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await using QmpClient other = await host.Host.ConnectAsync();
        await other.NegotiateAsync();
        Gate gate = await host.Control.Gates.HoldReplyAsync(new ConversationMatch { Command = "blockdev-add" });

        Task add = host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'n'}");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        Assert.That((await other.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("\"n\""));
        Assert.That(add.IsCompleted, Is.False);
        await gate.ReleaseAsync();
        await add;
    }

    [Test]
    public async Task A_host_settles_while_a_reply_is_held()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        Gate gate = await host.Control.Gates.HoldReplyAsync(new ConversationMatch { Command = "blockdev-add" });
        Task add = host.ExecuteAsync("blockdev-add", "{'driver':'null-co','node-name':'n'}");
        Task<QObject> behind = host.ExecuteAsync("query-name");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        await host.Host.SettleAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(behind.IsCompleted, Is.False);
        await gate.ReleaseAsync();
        await add;
        await behind;
    }

    [Test]
    public async Task A_gate_that_is_released_before_it_holds_anything_says_so()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 10);
        Task<string> wait = gate.WaitAsync();

        await gate.DisposeAsync();

        Assert.That(() => wait, Throws.InvalidOperationException.With.Message.Contains("job job at 10 %"));
        Assert.That(await host.Control.Gates.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task A_state_at_which_jobs_cannot_be_held_is_refused_with_those_at_which_they_can()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();

        Assert.That(() => host.Control.Gates.HoldJobAtStatusAsync("job", "standby"), Throws.ArgumentException.With.Message.Contains("concluded"));
    }
}
