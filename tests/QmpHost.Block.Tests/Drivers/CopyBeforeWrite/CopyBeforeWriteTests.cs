using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Copy;
using QmpHost.Block.Tests.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.CopyBeforeWrite;

/// <summary>Single steps of the filter and of snapshot-access; what they expect was asked of QEMU 7.2.</summary>
[TestFixture]
public sealed class CopyBeforeWriteTests
{
    private const int Cluster = CopyHost.Cluster;
    private const int Size = 32 * Cluster;

    [Test]
    public void A_guest_write_copies_the_old_contents_first() => CopyHost.Run(async host =>
    {
        MemoryDisk disk = await host.AddDiskAsync("disk", Size, fill: 1);
        MemoryDisk scratch = await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch");
        await host.AddSnapshotAsync("sa", "cbw");

        await host.WriteAsync("cbw", 1000 - (1000 % 512), 512, 2);

        Assert.That(scratch.Content[..Cluster], Is.All.EqualTo(1));
        Assert.That(scratch.Content[Cluster..], Is.All.Zero);
        Assert.That(disk.Content[512], Is.EqualTo(2));
        Assert.That(await host.ReadAsync("sa", 0, 2 * Cluster), Is.All.EqualTo(1));
        Assert.That(await host.ReadAsync("cbw", 512, 512), Is.All.EqualTo(2));
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 32", "- 1" }));
        Assert.That(host.Bitmaps("disk"), Is.EqualTo(new[] { "- 31" }));
    });

    [TestCase("6.2", new string[0], new[] { "- 32" })]
    [TestCase("7.0", new[] { "- 32", "- 0" }, new[] { "- 32" })]
    [TestCase("9.0", new[] { "- 32", "- 0" }, new[] { "- 32" })]
    [TestCase("9.1", new[] { "- 32", "- 0", "- 32" }, new string[0])]
    [TestCase("10.0", new[] { "- 32", "- 0", "- 32" }, new string[0])]
    public void The_bitmaps_lie_where_the_release_has_them(string release, string[] onFilter, string[] onDisk)
    {
        Assert.That(VersionProfile.TryParse(release, out VersionProfile? profile));
        CopyHost.Run(async host =>
        {
            await host.AddDiskAsync("disk", Size);
            await host.AddDiskAsync("scratch", Size);
            await host.AddFilterAsync("cbw", "disk", "scratch");
            Assert.That(host.Bitmaps("cbw"), Is.EqualTo(onFilter));
            Assert.That(host.Bitmaps("disk"), Is.EqualTo(onDisk));

            await host.Graph.DeleteMonitorNodeAsync("cbw");
            Assert.That(host.Bitmaps("disk"), Is.Empty);
        }, profile);
    }

    [Test]
    public void A_bitmap_limits_what_is_copied_and_what_can_be_read() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size, fill: 7);
        MemoryDisk scratch = await host.AddDiskAsync("scratch", Size);
        host.Graph.LookUp("disk").Bitmaps.Create("b0", Cluster).Bits.Set(2 * Cluster, 2 * Cluster);
        await host.AddFilterAsync("cbw", "disk", "scratch", WithBitmap("disk", "b0"));
        await host.AddSnapshotAsync("sa", "cbw");

        Assert.That(await host.ReadAsync("sa", 2 * Cluster, 2 * Cluster), Is.All.EqualTo(7));
        Assert.That(await ErrnoOf(() => host.ReadAsync("sa", (2 * Cluster) - 512, 1024)), Is.EqualTo(Errno.EACCES));
        Assert.That(await ErrnoOf(() => host.ReadAsync("sa", 0, 512)), Is.EqualTo(Errno.EACCES));
        Assert.That(await ErrnoOf(() => Status(host, "sa", 0, Cluster)), Is.EqualTo(Errno.EACCES));

        await host.WriteAsync("cbw", 0, 16 * Cluster, 9);
        Assert.That(await host.ReadAsync("sa", 2 * Cluster, 2 * Cluster), Is.All.EqualTo(7));
        Assert.That(scratch.Writes, Is.EqualTo(1));
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 2", "- 16" }));
        Assert.That(host.Bitmaps("disk"), Is.EqualTo(new[] { "- 0", "b0 16 r" }));
    });

    [Test]
    public void A_discard_gives_whole_clusters_up() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size, fill: 1);
        MemoryDisk scratch = await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch");
        await host.AddSnapshotAsync("sa", "cbw");
        BlockBackend reader = host.Use("sa");

        await reader.Child.DiscardAsync(Cluster + 512, Cluster - 512);
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 32", "- 0" }), "no whole cluster");
        await reader.Child.DiscardAsync(Cluster - 512, (2 * Cluster) + 1024);
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 30", "- 0" }));
        Assert.That(host.Bitmaps("disk"), Is.EqualTo(new[] { "- 30" }));
        Assert.That(scratch.Discards, Is.EqualTo(new[] { ((long)Cluster, 2L * Cluster) }));
        Assert.That(await ErrnoOf(() => host.ReadAsync("sa", Cluster, 512)), Is.EqualTo(Errno.EACCES));

        await host.WriteAsync("cbw", 0, 4 * Cluster, 9);
        Assert.That(scratch.Content[..Cluster], Is.All.EqualTo(1));
        Assert.That(scratch.Content[Cluster..(3 * Cluster)], Is.All.EqualTo(0xDD), "not copied");
        await reader.RemoveAsync();
    });

    [Test]
    public void A_failing_copy_fails_the_guests_write_and_is_tried_again() => CopyHost.Run(async host =>
    {
        MemoryDisk disk = await host.AddDiskAsync("disk", Size, fill: 1);
        MemoryDisk scratch = await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch");
        await host.AddSnapshotAsync("sa", "cbw");
        scratch.Fault = (isRead, _, _) => isRead ? Errno.None : Errno.ENOSPC;
        Assert.That(await ErrnoOf(() => host.WriteAsync("cbw", 8 * Cluster, Cluster, 2)), Is.EqualTo(Errno.ENOSPC));
        Assert.That(disk.Content[8 * Cluster], Is.EqualTo(1));
        Assert.That(host.Bitmaps("disk"), Is.EqualTo(new[] { "- 32" }));

        scratch.Fault = null;
        await host.WriteAsync("cbw", 8 * Cluster, Cluster, 2);
        Assert.That(await host.ReadAsync("sa", 8 * Cluster, Cluster), Is.All.EqualTo(1));
    });

    [Test]
    public void A_failing_copy_breaks_the_snapshot_if_the_guest_matters_more() => CopyHost.Run(async host =>
    {
        MemoryDisk disk = await host.AddDiskAsync("disk", Size, fill: 1);
        MemoryDisk scratch = await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch", new BlockdevOptionsCbw
        {
            File = new BlockdevRef.Reference("disk"),
            Target = new BlockdevRef.Reference("scratch"),
            OnCbwError = OnCbwError.BreakSnapshot,
        });
        await host.AddSnapshotAsync("sa", "cbw");
        await host.WriteAsync("cbw", 0, Cluster, 3);
        scratch.Fault = (isRead, _, _) => isRead ? Errno.None : Errno.ENOSPC;
        await host.WriteAsync("cbw", 8 * Cluster, Cluster, 3);

        Assert.That(disk.Content[8 * Cluster], Is.EqualTo(3));
        Assert.That(await ErrnoOf(() => host.ReadAsync("sa", 0, Cluster)), Is.EqualTo(Errno.EACCES));
        Assert.That(await ErrnoOf(() => Status(host, "sa", 0, Cluster)), Is.EqualTo(Errno.EACCES));
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 32", "- 1" }));
        scratch.Fault = null;
        await host.WriteAsync("cbw", Cluster, Cluster, 4);
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 32", "- 1" }), "nothing is copied any more");
        BlockBackend reader = host.Use("sa");
        await reader.Child.DiscardAsync(0, Cluster);
        await reader.RemoveAsync();
        Assert.That(host.Bitmaps("cbw"), Is.EqualTo(new[] { "- 31", "- 1" }));
    });

    [Test]
    public void A_copy_that_takes_too_long_counts_as_failed() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size, fill: 1);
        await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch", new BlockdevOptionsCbw
        {
            File = new BlockdevRef.Reference("disk"),
            Target = new BlockdevRef.Reference("scratch"),
            CbwTimeout = 2,
        });
        BlockBackend guest = host.Use("cbw");
        host.Memory.IsStepped = true;
        Task write = guest.Child.WriteAsync(0, new byte[Cluster]).AsTask();
        await host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(1999));
        Assert.That(write.IsCompleted, Is.False);
        await host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(await ErrnoOf(() => write), Is.EqualTo(Errno.ETIMEDOUT));

        Task removed = guest.RemoveAsync().AsTask();
        await host.Host.Loop.SettleAsync();
        Assert.That(removed.IsCompleted, Is.False, "the copy is still under way");
        host.Memory.IsStepped = false;
        while (host.Memory.Waiting > 0)
        {
            host.Memory.Release(0);
        }

        await removed;
    });

    [Test]
    public void A_guest_write_waits_for_a_snapshot_read_of_the_same_area_only() => CopyHost.Run(async host =>
    {
        MemoryDisk disk = await host.AddDiskAsync("disk", Size, fill: 1);
        await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch");
        await host.AddSnapshotAsync("sa", "cbw");
        BlockBackend guest = host.Use("cbw");
        BlockBackend reader = host.Use("sa", BlockPermissions.ConsistentRead);
        host.Memory.IsStepped = true;
        var buffer = new byte[Cluster];
        Task read = reader.Child.ReadAsync(0, buffer).AsTask();
        Assert.That(host.Memory.Waiting, Is.EqualTo(1));

        host.Memory.IsStepped = false;
        Task same = guest.Child.WriteAsync(512, new byte[512]).AsTask();
        Task other = guest.Child.WriteAsync(4 * Cluster, new byte[512]).AsTask();
        Assert.That((same.IsCompleted, other.IsCompletedSuccessfully), Is.EqualTo((false, true)));
        Assert.That(disk.Content[512], Is.EqualTo(1));

        host.Memory.Release(0);
        await read;
        await same;
        Assert.That(buffer, Is.All.EqualTo(1));
        Assert.That(disk.Content[512], Is.Zero);
        await guest.RemoveAsync();
        await reader.RemoveAsync();
    });

    [Test]
    public void A_node_without_a_snapshot_cannot_be_read_through_snapshot_access() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size);
        await host.AddSnapshotAsync("sa", "disk");
        Assert.That(await ErrnoOf(() => host.ReadAsync("sa", 0, 512)), Is.EqualTo(Errno.ENOTSUP));
        Assert.That(await ErrnoOf(() => host.WriteAsync("sa", 0, 512, 1)), Is.EqualTo(Errno.ENOTSUP));
        Assert.That(await ErrnoOf(() => Status(host, "sa", 0, 512)), Is.EqualTo(Errno.ENOTSUP));
    });

    [Test]
    public void The_disk_cannot_be_written_behind_the_filters_back() => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size);
        await host.AddDiskAsync("scratch", Size);
        await host.AddFilterAsync("cbw", "disk", "scratch");
        BlockBackend beside = host.Use("disk");
        Assert.That(await MessageOf(async () => await host.AddSnapshotAsync("sa", "cbw")), Does.StartWith("Permission conflict on node 'disk'"));
        await beside.RemoveAsync();

        await host.AddSnapshotAsync("sa", "cbw");
        Assert.That(() => host.Use("disk"), Throws.TypeOf<QmpException>().With.Message.EqualTo(
            "Permission conflict on node 'disk': permissions 'write' are both required by an unnamed block device "
            + "(uses node 'disk' as 'root' child) and unshared by node 'cbw' (uses node 'disk' as 'file' child)."));
    });

    [TestCase("nope", "x", "Node 'nope' not found")]
    [TestCase("disk", "x", "Dirty bitmap 'x' not found")]
    [TestCase("big", "b", "Cannot create block-copy-state: Failed to merge bitmap 'b' to internal copy-bitmap: Bitmaps are of "
        + "different sizes (destination size is 2097152, source size is 4194304) and can't be merged")]
    public void A_bitmap_that_does_not_fit_is_refused(string node, string name, string message) => CopyHost.Run(async host =>
    {
        await host.AddDiskAsync("disk", Size);
        await host.AddDiskAsync("scratch", Size);
        await host.AddDiskAsync("big", 2 * Size);
        host.Graph.LookUp("big").Bitmaps.Create("b", Cluster);
        Assert.That(await MessageOf(async () => await host.AddFilterAsync("cbw", "disk", "scratch", WithBitmap(node, name))), Is.EqualTo(message));
        Assert.That(host.Bitmaps("disk"), Is.Empty);
        Assert.That(host.Graph.FindNode("cbw"), Is.Null);
    });

    private static BlockdevOptionsCbw WithBitmap(string node, string name) => new()
    {
        File = new BlockdevRef.Reference("disk"),
        Target = new BlockdevRef.Reference("scratch"),
        Bitmap = new BlockDirtyBitmap { Node = node, Name = name },
    };

    private static async Task<BlockStatus> Status(CopyHost host, string node, long offset, long bytes)
    {
        BlockBackend backend = host.Use(node, BlockPermissions.ConsistentRead);
        try
        {
            return await backend.Child.GetBlockStatusAsync(wantZero: true, offset, bytes);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }

    private static async Task<Errno> ErrnoOf(Func<Task> work)
    {
        try
        {
            await work();
            return Errno.None;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
    }

    private static Task<string> MessageOf(Func<Task> work) => JobHost.ErrorOf(() => new ValueTask(work()));
}
