using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>
/// Whenever writing stops, and whatever of the writes since the last flush has reached the disk: the image is sound, and
/// what the guest had flushed is there.
/// </summary>
public sealed class KillSafetyTests
{
    private static readonly Gen<(ImageConfig Config, ImageOperation[] Operations, int Seed)> Course =
        Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[10, 50], Gen.Int[0, 1 << 20]);

    [Test]
    public void Any_prefix_of_the_writes_is_a_sound_image() => Course.Sample(
        course => Qcow2Host.Run(host => PlayAsync(host, course.Config, course.Operations, course.Seed)), iter: 30, threads: 1);

    [TestCase(512)]
    [TestCase(65536)]
    public void A_creation_that_is_cut_short_leaves_no_image_or_a_sound_one(int clusterSize) => Qcow2Host.Run(async host =>
    {
        byte[] magic = [0x51, 0x46, 0x49, 0xfb];
        List<DiskOperation> log = [];
        await host.CreateAsync("a", 4 << 20, options => options with { ClusterSize = (ulong)clusterSize }, log);
        for (int end = 0; end <= log.Count; end++)
        {
            var cut = new MemoryDisk();
            log.Take(end).ToList().ForEach(cut.Apply);
            bool isImage = cut.ToArray().AsSpan().StartsWith(magic);
            Assert.That(isImage || end < log.Count);
            if (isImage)
            {
                host.Disks["cut"] = cut;
                CheckReport report = await host.CheckAsync("cut");
                Assert.That(report.Corruptions, Is.Zero, () => string.Join('\n', report.Messages) + $"\nafter {end} of {log.Count} operations");
            }
        }
    });

    private static async Task PlayAsync(Qcow2Host host, ImageConfig config, ImageOperation[] operations, int seed)
    {
        config = config with { LazyRefcounts = false };
        host.Disks["backing"] = new MemoryDisk(config.NewBacking());
        MemoryDisk disk = await host.CreateAsync("a", config.Size, config.Apply);
        byte[] initial = disk.ToArray();
        disk.Log = [];
        disk.DiscardFill = 0;
        var history = new SectorHistory(new DiskModel(config).Bytes, disk.Log);
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        var model = new DiskModel(config);
        foreach (ImageOperation operation in operations)
        {
            int start = disk.Log.Count;
            await model.ApplyAsync(backend, operation);
            history.Note(model.Bytes, start, operation.Kind == OperationKind.Flush);
        }

        await backend.RemoveAsync();
        List<DiskOperation> log = disk.Log;
        var random = new Random(seed);
        for (int i = 0; i < 25; i++)
        {
            int end = random.Next(log.Count + 1);
            await CheckCrashAsync(host, config, initial, log, end, random, history);
        }
    }

    private static async Task CheckCrashAsync(
        Qcow2Host host, ImageConfig config, byte[] initial, List<DiskOperation> log, int end, Random random, SectorHistory history)
    {
        // What was written behind the last flush may be there, or not, in any order.
        int stable = log.FindLastIndex(Math.Max(0, end - 1), Math.Max(0, end), operation => operation.IsFlush);
        bool all = random.Next(2) == 0;
        var crashed = new MemoryDisk([.. initial]);
        for (int i = 0; i < end; i++)
        {
            if (all || i < stable || random.Next(2) == 0)
            {
                crashed.Apply(log[i]);
            }
        }

        host.Disks["crashed"] = crashed;
        CheckReport report = await host.CheckAsync("crashed");
        Assert.That(report.Corruptions, Is.Zero, () => string.Join('\n', report.Messages) + $"\nafter {end} of {log.Count} operations");

        BlockBackend backend = await host.OpenAsync("crashed", readOnly: true, config.Apply);
        byte[] found = new byte[config.Size];
        await backend.ReadAsync(0, found);
        await backend.RemoveAsync();
        history.Check(found, end);
    }
}
