using System.Buffers.Binary;
using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>With lazy refcounts, an image that was not closed is put in order when it is opened next.</summary>
public sealed class LazyRefcountTests
{
    private static readonly Gen<(ImageConfig Config, ImageOperation[] Operations, int Seed)> Course =
        Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[5, 40], Gen.Int[0, 1 << 20]);

    [Test]
    public void The_dirty_bit_is_set_by_the_first_allocation_and_cleared_by_closing() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20, o => o with { LazyRefcounts = true });
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(disk.ToArray()[79], Is.Zero);
        await backend.WriteAsync(0, new byte[512]);
        Assert.That(disk.ToArray()[79], Is.EqualTo(1));
        Assert.That((await backend.Node.Driver.GetInfoAsync()).IsDirty, Is.True);
        await backend.RemoveAsync();
        Assert.That(disk.ToArray()[79], Is.Zero);
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });

    [Test]
    public void After_a_crash_the_refcounts_are_rebuilt() => Course.Sample(
        course => Qcow2Host.Run(host => PlayAsync(host, course.Config, course.Operations, new Random(course.Seed))), iter: 30, threads: 1);

    [Test]
    public void A_repair_that_is_cut_short_is_done_by_the_next_opening() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 4 << 20, o => o with { LazyRefcounts = true, ClusterSize = 512, RefcountBits = 64 });
        BlockBackend backend = await host.OpenAsync("a");
        byte[] data = new byte[200 << 10];
        new Random(1).NextBytes(data);
        await backend.WriteAsync(0, data);
        await backend.RemoveAsync();
        byte[] damaged = disk.ToArray();

        // Marked dirty, and the last refcount block lost.
        damaged[79] |= 1;
        int table = (int)BinaryPrimitives.ReadInt64BigEndian(damaged.AsSpan(48));
        damaged.AsSpan(table + (8 * 6), 8).Clear();

        host.Disks["a"] = disk = new MemoryDisk([.. damaged]) { Log = [] };
        await (await host.OpenAsync("a")).RemoveAsync();
        for (int end = 0; end <= disk.Log.Count; end++)
        {
            var cut = new MemoryDisk([.. damaged]);
            disk.Log.Take(end).ToList().ForEach(cut.Apply);
            host.Disks["cut"] = cut;
            backend = await host.OpenAsync("cut");
            byte[] found = new byte[data.Length];
            await backend.ReadAsync(0, found);
            await backend.RemoveAsync();
            Assert.That(found, Is.EqualTo(data));
            Assert.That((await host.CheckAsync("cut")).Messages, Is.Empty, $"after {end} of {disk.Log.Count} operations");
        }
    });

    private static async Task PlayAsync(Qcow2Host host, ImageConfig config, ImageOperation[] operations, Random random)
    {
        config = config with { Version = 3, LazyRefcounts = true };
        host.Disks["backing"] = new MemoryDisk(config.NewBacking());
        MemoryDisk disk = await host.CreateAsync("a", config.Size, config.Apply);
        byte[] initial = disk.ToArray();
        disk.Log = [];
        disk.DiscardFill = 0;
        var model = new DiskModel(config);
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        foreach (ImageOperation operation in operations)
        {
            await model.ApplyAsync(backend, operation);
        }

        await backend.RemoveAsync();
        for (int i = 0; i < 10; i++)
        {
            var crashed = new MemoryDisk([.. initial]);
            int end = random.Next(disk.Log.Count + 1);
            disk.Log.Take(end).ToList().ForEach(crashed.Apply);
            host.Disks["crashed"] = crashed;
            backend = await host.OpenAsync("crashed", more: config.Apply);
            Assert.That(Qcow2Host.ImageOf(backend).Header.Has(IncompatibleFeatures.Dirty), Is.False);
            await backend.RemoveAsync();
            CheckReport report = await host.CheckAsync("crashed");
            Assert.That(report.Corruptions, Is.Zero, () => string.Join('\n', report.Messages) + $"\nafter {end} of {disk.Log.Count} operations");
        }
    }
}
