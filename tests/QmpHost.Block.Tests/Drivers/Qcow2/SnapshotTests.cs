using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Drivers.Qcow2.Snapshots;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Internal snapshots, in an image that QEMU's tools made, survive what happens to the active disk.</summary>
public sealed class SnapshotTests
{
    [Test]
    public void The_table_is_read() => RunAsync(async (_, backend) =>
    {
        IReadOnlyList<Qcow2Snapshot> snapshots = Qcow2Host.ImageOf(backend).Snapshots;
        Assert.That(snapshots.Select(s => s.Name), Is.EqualTo(new[] { "first", "second" }));
        Assert.That(snapshots.Select(s => s.Id), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(snapshots[0].DiskSize, Is.EqualTo(65536));
        await Task.CompletedTask;
    });

    [TestCase(BlockdevDriver.Raw, true)]
    [TestCase(BlockdevDriver.Blkdebug, true)]
    [TestCase(BlockdevDriver.CopyBeforeWrite, false)]
    public void Nodes_above_list_them_where_there_is_no_other_data(BlockdevDriver driver, bool listed) => RunAsync(async (host, backend) =>
    {
        BlockdevRef image = new BlockdevRef.Reference(backend.Node.NodeName);
        BlockNode node = await host.Graph.OpenAsync(BlockdevOptions.Of(
            driver,
            driver switch
            {
                BlockdevDriver.Raw => new BlockdevOptionsRaw { File = image },
                BlockdevDriver.Blkdebug => new BlockdevOptionsBlkdebug { Image = image },
                _ => new BlockdevOptionsCbw { File = image, Target = new BlockdevRef.Definition(new BlockdevOptions.NullCo()) },
            },
            nodeName: "above",
            readOnly: driver != BlockdevDriver.CopyBeforeWrite));

        ImageInfo info = await ImageInfoQuery.DescribeAsync(node, withBackingChain: false);

        Assert.That(info.Snapshots?.Select(s => s.Name), listed ? Is.EqualTo(new[] { "first", "second" }) : Is.Null);
        Assert.That(info.FormatSpecific, Is.Null);
        await host.Graph.UnrefAsync(node);
    });

    [TestCase("write")]
    [TestCase("zero")]
    [TestCase("discard")]
    [TestCase("shrink")]
    public void Changes_of_the_disk_leave_snapshots_alone(string change) => RunAsync(async (host, backend) =>
    {
        byte[][] before = [await ReadSnapshotAsync(backend, 0), await ReadSnapshotAsync(backend, 1)];
        Assert.That(before[0][1024], Is.EqualTo(1));
        Assert.That(before[1][1024], Is.EqualTo(5));
        switch (change)
        {
            case "write":
                await backend.WriteAsync(100, new byte[50_000]);
                break;
            case "zero":
                await backend.WriteZeroesAsync(0, 65536, RequestFlags.MayUnmap);
                break;
            case "discard":
                await backend.Child.DiscardAsync(0, 65536);
                break;
            default:
                await backend.Child.TruncateAsync(4096);
                break;
        }

        // What was freed is used again.
        await backend.WriteAsync(0, Enumerable.Repeat((byte)9, 4096).ToArray());
        await backend.FlushAsync();
        Assert.That(await ReadSnapshotAsync(backend, 0), Is.EqualTo(before[0]));
        Assert.That(await ReadSnapshotAsync(backend, 1), Is.EqualTo(before[1]));
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });

    private static void RunAsync(Func<Qcow2Host, BlockBackend, Task> work) => Qcow2Host.Run(async host =>
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Drivers", "Qcow2", "Data", "snapshots.qcow2");
        host.Disks["a"] = new MemoryDisk(File.ReadAllBytes(file));
        BlockBackend backend = await host.OpenAsync("a");
        await work(host, backend);
        await backend.RemoveAsync();
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });

    // Reads a snapshot's standard clusters by its own tables.
    private static async Task<byte[]> ReadSnapshotAsync(BlockBackend backend, int index)
    {
        Qcow2Image image = Qcow2Host.ImageOf(backend);
        Qcow2Snapshot snapshot = image.Snapshots[index];
        var l1 = new OffsetTable { Offset = snapshot.L1TableOffset, Length = (int)snapshot.L1Size };
        await l1.LoadAsync(image.File);
        byte[] disk = new byte[65536];
        byte[] table = new byte[image.Geometry.ClusterSize];
        for (long offset = 0; offset < disk.Length; offset += image.Geometry.ClusterSize)
        {
            long l2 = (long)(l1[image.Geometry.L1Index(offset)] & L2Entry.OffsetMask);
            if (l2 == 0)
            {
                continue;
            }

            await image.File.ReadAsync(l2, table);
            L2Entry entry = image.Entries.Read(table, image.Geometry.L2Index(offset));
            if (image.Entries.KindOf(entry) == ClusterKind.Normal)
            {
                await image.File.ReadAsync(entry.HostOffset, disk.AsMemory((int)offset, image.Geometry.ClusterSize));
            }
        }

        return disk;
    }
}
