using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Client;
using QmpHost.Control.Gates;
using QmpHost.Control.Matching;
using QmpHost.Control.Rules;
using QmpHost.Hosting;
using QmpHost.Hosting.Guests;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi.Schema;

namespace QmpHost.Control.Tests;

/// <summary>Requests are matched by what is said of them, and fare as rules and gates say.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RequestRuleTests
{
    private static readonly object[] Matches =
    [
        new RequestMatch { Node = "disk-f*" },
        new RequestMatch { Driver = "raw" },
        new RequestMatch { File = "/memory/disk-????" },
        new RequestMatch { Device = "guest-disk" },
        new RequestMatch { Export = "exp" },
        new RequestMatch { Kinds = [NodeRequestKind.Write], Offset = 4096 },
    ];

    [TestCaseSource(nameof(Matches))]
    public async Task A_request_fails_that_is_matched(RequestMatch match)
    {
        await using BlockHost host = await StartAsync("pc");
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk", "guest-disk");
        await using QmpClient client = await host.ConnectAsync();
        await client.BlockExport.NbdServerStartAsync(new SocketAddressLegacy.Inet { Data = new() { Host = "127.0.0.1", Port = "0" } });
        await client.BlockExport.BlockExportAddAsync(new BlockExportOptions.Nbd { Id = "exp", NodeName = "disk" });
        ActiveRule rule = await HostControl.Of(host).Rules.AddAsync(new FaultRule { Request = match, Errno = Errno.EIO });

        Assert.That(() => guest.FillAsync(4096, 512, 1), Throws.TypeOf<GuestIOException>().With.Property("ErrorName").EqualTo("EIO"));
        Assert.That(rule.Hits, Is.GreaterThan(0));
        await HostControl.Of(host).Rules.ClearAsync();
        await guest.FillAsync(4096, 512, 1);
    }

    [Test]
    public async Task Requests_outside_of_an_area_and_of_other_kinds_pass()
    {
        await using BlockHost host = await StartAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await HostControl.Of(host).Rules.AddAsync(new FaultRule
        {
            Request = new RequestMatch { Node = "disk-file", Kinds = [NodeRequestKind.Write], Offset = 4096, Bytes = 4096 },
            Errno = Errno.EIO,
        });

        await guest.FillAsync(0, 4096, 1);
        await guest.FillAsync(8192, 4096, 1);
        await guest.ReadAsync(4096, 4096);
        Assert.That(() => guest.FillAsync(0, 4097, 1), Throws.TypeOf<GuestIOException>());
        Assert.That(() => guest.FillAsync(8191, 1, 1), Throws.TypeOf<GuestIOException>());
    }

    [Test]
    public async Task Those_of_the_matches_fail_that_count()
    {
        await using BlockHost host = await StartAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");

        Assert.That(await OutcomeAsync(host, guest, new Occurrence { Nth = 3 }), Is.EqualTo("..x....."));
        Assert.That(await OutcomeAsync(host, guest, new Occurrence { Every = 2 }), Is.EqualTo(".x.x.x.x"));
        Assert.That(await OutcomeAsync(host, guest, new Occurrence { Times = 2 }), Is.EqualTo("xx......"));
        Assert.That(await OutcomeAsync(host, guest, new Occurrence { Every = 3, Times = 1 }), Is.EqualTo("..x....."));
    }

    [Test]
    public async Task A_write_is_short_torn_or_late()
    {
        var clock = new VirtualClock();
        await using BlockHost host = await StartAsync(clock: clock);
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        var writes = new RequestMatch { Node = "disk-file", Kinds = [NodeRequestKind.Write] };
        RuleBook rules = HostControl.Of(host).Rules;
        await rules.AddAsync(new FaultRule { Request = writes, Short = 1000, When = new() { Nth = 1 } });
        await rules.AddAsync(new FaultRule { Request = writes, Short = 100, Errno = Errno.EIO, When = new() { Nth = 1 } });
        await rules.AddAsync(new FaultRule { Request = writes, Latency = TimeSpan.FromSeconds(1) });

        await guest.FillAsync(0, 4096, 1);
        Assert.That(() => guest.FillAsync(8192, 4096, 1), Throws.TypeOf<GuestIOException>());
        Task late = guest.FillAsync(16384, 4096, 1);
        await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(0.999));
        Assert.That(late.IsCompleted, Is.False);
        await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        await late.WaitAsync(ControlledHost.Patience);

        Assert.That(
            (await host.Disks.SnapshotAsync("disk")).Differences(await host.Disks.SnapshotAsync("copy")).Select(static range => (range.Offset, range.Length)),
            Is.EqualTo(new[] { (0L, 1000L), (8192L, 100L), (16384L, 4096L) }));
    }

    [Test]
    public async Task A_disk_is_looked_at_while_a_write_to_it_is_held()
    {
        await using BlockHost host = await StartAsync();
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await guest.FillAsync(0, 4096, 1);
        await using Gate gate = await HostControl.Of(host).Gates.HoldRequestAsync(new RequestMatch { Node = "disk-file", Kinds = [NodeRequestKind.Write] });
        Task write = guest.FillAsync(0, 4096, 2);
        await gate.WaitAsync(ControlledHost.Patience);

        Assert.That((await host.Disks.SnapshotAsync("disk").WaitAsync(ControlledHost.Patience)).Read(0, 1)[0], Is.EqualTo(1));
        await gate.ReleaseAsync();
        await write;
    }

    private static async Task<string> OutcomeAsync(BlockHost host, GuestDisk guest, Occurrence when)
    {
        RuleBook rules = HostControl.Of(host).Rules;
        await rules.ClearAsync();
        await rules.AddAsync(new FaultRule { Request = new RequestMatch { Node = "disk-file" }, When = when, Errno = Errno.EIO });
        var outcome = new char[8];
        for (int i = 0; i < outcome.Length; i++)
        {
            try
            {
                await guest.FillAsync(0, 512, 1);
                outcome[i] = '.';
            }
            catch (GuestIOException)
            {
                outcome[i] = 'x';
            }
        }

        return new string(outcome);
    }

    private static async Task<BlockHost> StartAsync(string machine = "none", TimeProvider? clock = null)
    {
        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Machine = machine, Clock = clock ?? TimeProvider.System });
        await host.Disks.AddAsync("disk", 1 << 20);
        await host.Disks.AddAsync("copy", 1 << 20);
        return host;
    }
}
