using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Hosting.Disks;
using QmpHost.Hosting.Guests;
using QmpHost.Machine.Clocks;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Tests;

/// <summary>Disks that a test makes, and the guests before them.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class GuestDiskTests
{
    private const long MiB = 1024 * 1024;

    [Test]
    public async Task A_guest_reads_what_it_wrote(
        [Values("none", "pc", "q35")] string machine, [Values("memory", "file")] string place, [Values("raw", "qcow2")] string format)
    {
        await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Machine = machine });
        await host.Disks.AddAsync("disk", place == "file" ? DiskSource.TemporaryFile(4 * MiB, format) : DiskSource.Memory(4 * MiB, format));
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");

        Assert.That(guest.Length, Is.EqualTo(4 * MiB));
        await guest.FillAsync(MiB, 2 * MiB, 0x5a);
        await guest.WriteAsync(512, "hello"u8.ToArray().Concat(new byte[507]).ToArray());
        await guest.DiscardAsync(2 * MiB, MiB / 2);
        await guest.FlushAsync();

        await guest.VerifyAsync(MiB, MiB, 0x5a);
        await guest.VerifyAsync(2 * MiB, MiB / 2, 0);
        Assert.That((await guest.ReadAsync(512, 5)), Is.EqualTo("hello"u8.ToArray()));
        GuestIOException? wrong = Assert.ThrowsAsync<GuestIOException>(() => guest.VerifyAsync(0, MiB, 0));
        Assert.That(wrong!.Message, Does.Contain("68 at 512"));

        await using QmpClient client = await host.ConnectAsync();
        BlockInfo info = (await client.BlockCore.QueryBlockAsync()).Single(block => block.Inserted?.NodeName == "disk");
        Assert.That(info.Qdev, Does.Contain("guest-disk"));
        BlockStats stats = (await client.BlockCore.QueryBlockstatsAsync()).Single(block => block.NodeName == "disk");
        Assert.That(stats.Stats.WrOperations, Is.EqualTo(3));
    }

    [Test]
    public async Task A_failed_request_throws_and_is_told_to_clients()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.NullCo { Size = MiB, NodeName = "null" });
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.Blkdebug
        {
            Image = "null",
            InjectError = [new() { Event = BlkdebugEvent.None, Iotype = BlkdebugIOType.Write, Errno = 28 }, new() { Event = BlkdebugEvent.None, Iotype = BlkdebugIOType.Read, Errno = 5 }],
            NodeName = "disk",
        });
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");

        GuestIOException? error = Assert.ThrowsAsync<GuestIOException>(() => guest.ReadAsync(0, 512));
        Assert.That((error!.ErrorName, error.ErrorNumber), Is.EqualTo(("EIO", 5)));
        BlockIoErrorEvent told = await client.WaitForAsync<BlockIoErrorEvent>();
        Assert.That((told.Operation, told.Action, told.NodeName), Is.EqualTo((IoOperationType.Read, BlockErrorAction.Report, "disk")));

        // A disk that is full stops the machine, unless the device says otherwise.
        Assert.ThrowsAsync<GuestIOException>(() => guest.WriteAsync(0, new byte[512]));
        Assert.That((await client.WaitForAsync<BlockIoErrorEvent>()).Action, Is.EqualTo(BlockErrorAction.Stop));
        Assert.That((await client.RunState.QueryStatusAsync()).Status, Is.EqualTo(RunState.IoError));
    }

    [Test]
    public async Task Bitmaps_are_seen_as_ranges_and_contents_are_compared()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        await host.Disks.AddAsync("disk", 4 * MiB);
        await client.BlockCore.BlockDirtyBitmapAddAsync("disk", "changes", granularity: 65536);
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        DiskContent before = await host.Disks.SnapshotAsync("disk");
        await guest.FillAsync(65536, 70_000, 1);
        await guest.FillAsync(4 * MiB - 1024, 512, 2);
        DiskContent after = await host.Disks.SnapshotAsync("disk");

        Assert.That(await host.Disks.GetDirtyRangesAsync("disk", "changes"), Is.EqualTo(new[] { new ByteRange(65536, 131072), new ByteRange((4 * MiB) - 65536, 65536) }));
        Assert.That(after.Differences(before), Is.EqualTo(new[] { new ByteRange(65536, 70_000), new ByteRange((4 * MiB) - 1024, 512) }));
        Assert.That(after, Is.Not.EqualTo(before));

        HostState state = await host.ObserveAsync();
        Assert.That(state.FindBitmap("disk", "changes")!.Dirty, Has.Count.EqualTo(2));
        Assert.That(state.Nodes.Select(node => node.NodeName), Is.EquivalentTo(new[] { "disk", "disk-file" }));
        Assert.That(state.Graph.Nodes, Has.Count.GreaterThanOrEqualTo(3));
    }

    [Test]
    public async Task A_workload_does_the_same_every_time()
    {
        DiskContent? first = null;
        for (int i = 0; i < 3; i++)
        {
            await using BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Clock = new VirtualClock() });
            await host.Disks.AddAsync("disk", DiskSource.Memory(8 * MiB, i == 0 ? "raw" : "qcow2"));
            GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
            await using GuestActivity activity = guest.Start(new GuestWorkload
            {
                Seed = 7,
                BlockSizes = [512, 4096, 65536],
                ReadShare = 0.3,
                HotSetShare = 0.1,
                HotRequestShare = 0.9,
                WritesBetweenFlushes = 10,
            });
            await host.Clock.AdvanceAsync(TimeSpan.FromSeconds(10));

            Assert.That(activity.Requests, Is.EqualTo(1000));
            DiskContent content = await host.Disks.SnapshotAsync("disk");
            first ??= content;
            Assert.That(content, Is.EqualTo(first));
        }
    }

    [Test]
    public async Task A_disposed_host_refuses()
    {
        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { Clock = new VirtualClock() });
        await host.Disks.AddAsync("disk", MiB);
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await host.DisposeAsync();

        Assert.That(() => host.ConnectAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => host.SettleAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => host.ObserveAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => host.Clock.AdvanceAsync(TimeSpan.Zero), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => host.Disks.AddAsync("other", MiB), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => guest.ReadAsync(0, 512), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void What_is_not_known_is_refused_with_what_there_is()
    {
        Assert.That(
            () => BlockHost.StartAsync(new BlockHostOptions { Machine = "x" }),
            Throws.ArgumentException.With.Message.Contains("There is no machine 'x': there are").And.Message.Contains("q35"));
        Assert.That(() => new BlockHostOptions { Release = "1.0" }, Throws.TypeOf<FormatException>().With.Message.Contains("6.2, 7.0"));
    }

    [Test]
    public async Task Clients_use_a_disk_in_memory_as_a_file()
    {
        await using BlockHost host = await BlockHost.StartAsync();
        await using QmpClient client = await host.ConnectAsync();
        await host.Disks.AddAsync("disk", DiskSource.Memory(4 * MiB, "qcow2"));
        await host.Disks.AddAsync("target", DiskSource.Memory(4 * MiB, "qcow2"));
        GuestDisk guest = await host.Disks.AttachGuestAsync("disk");
        await guest.FillAsync(MiB, MiB, 9);
        await client.BlockCore.BlockResizeAsync(8 * MiB, nodeName: "target");
        await client.BlockCore.BlockResizeAsync(4 * MiB, nodeName: "target");
        await client.BlockCore.BlockdevBackupAsync(new BlockdevBackup { JobId = "job", Device = "disk", Target = "target", Sync = MirrorSyncMode.Full });
        await client.WaitForAsync<BlockJobCompletedEvent>(timeout: TimeSpan.FromMinutes(1));

        Assert.That(await host.Disks.SnapshotAsync("target"), Is.EqualTo(await host.Disks.SnapshotAsync("disk")));
        await client.BlockCore.BlockdevDelAsync("target");
        await client.BlockCore.BlockdevAddAsync(new BlockdevOptions.Qcow2 { File = "target-file", NodeName = "again" });
        Assert.That(await host.Disks.SnapshotAsync("again"), Is.EqualTo(await host.Disks.SnapshotAsync("disk")));
        Assert.That(() => host.Disks.AddAsync("disk", MiB), Throws.TypeOf<QmpException>().With.Message.Contains("disk"));
    }
}
