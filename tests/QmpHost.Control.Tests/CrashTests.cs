using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Control.Gates;

namespace QmpHost.Control.Tests;

/// <summary>Hosts that die leave what a dead process, or a machine without power, leaves.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class CrashTests
{
    private const string OpenDisk = "{'driver':'qcow2','node-name':'disk','file':'image'}";

    [Test]
    public async Task A_persistent_bitmap_is_inconsistent_after_a_crash()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddFileAsync("image", 0);
        await host.ExecuteAsync("blockdev-create", "{'job-id':'c','options':{'driver':'qcow2','file':'image','size':1048576}}");
        await host.Client.WaitForEventAsync(e => e.Raw.ToString().Contains("concluded", StringComparison.Ordinal)).WaitAsync(ControlledHost.Patience);
        await host.ExecuteAsync("blockdev-add", OpenDisk);
        await host.ExecuteAsync("block-dirty-bitmap-add", "{'node':'disk','name':'b','persistent':true}");
        await host.RestartAsync();
        await host.AddFileAsync("image");
        await host.ExecuteAsync("blockdev-add", OpenDisk);
        Assert.That((await host.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("\"name\": \"b\"").And.Not.Contain("\"inconsistent\": true"));
        await host.WriteAsync("disk", 0, new byte[512]);

        await host.Control.CrashAsync().WaitAsync(ControlledHost.Patience);
        Assert.That(async () => await host.Client.ExecuteAsync("query-name"), Throws.TypeOf<QmpConnectionException>());
        await host.RestartAsync();
        await host.AddFileAsync("image");
        await host.ExecuteAsync("blockdev-add", OpenDisk);

        Assert.That((await host.ExecuteAsync("query-named-block-nodes")).ToString(), Does.Contain("\"inconsistent\": true"));
    }

    [Test]
    public async Task Without_power_what_was_not_flushed_is_lost_in_part_and_the_same_for_the_same_seed()
    {
        async Task<string> PlayAsync(int seed)
        {
            await using ControlledHost host = await ControlledHost.StartAsync();
            await host.AddFileAsync("disk", 32768);
            await host.Control.TrackUnflushedAsync();
            await host.WriteAsync("disk", 0, [.. Enumerable.Repeat((byte)1, 16384)]);
            await host.FlushAsync("disk");
            await host.WriteAsync("disk", 8192, [.. Enumerable.Repeat((byte)2, 16384)]);

            int lost = await host.Control.LosePowerAsync(seed).WaitAsync(ControlledHost.Patience);

            byte[] contents = host.Contents("disk");
            Assert.That(contents[..8192], Is.All.EqualTo((byte)1), "flushed");
            Assert.That(lost, Is.InRange(1, 31));
            return string.Concat(contents.Where(static (_, index) => index % 512 == 0));
        }

        string first = await PlayAsync(7);

        Assert.That(first, Does.Contain("2"));
        Assert.That(await PlayAsync(7), Is.EqualTo(first));
        Assert.That(await PlayAsync(8), Is.Not.EqualTo(first));
    }

    [Test]
    public async Task A_host_can_crash_in_the_middle_of_a_job()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        await host.WriteAsync("disk", 0, [.. Enumerable.Repeat((byte)1, 1 << 20)]);
        Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 50);
        await host.BackUpAsync();
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        await host.Control.CrashAsync().WaitAsync(ControlledHost.Patience);

        Assert.That(host.Contents("copy").Count(static b => b == 1), Is.EqualTo(524288));
    }
}
