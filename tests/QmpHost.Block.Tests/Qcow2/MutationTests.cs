using System.Buffers.Binary;
using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Qcow2;

/// <summary>Images with any bytes in header and tables give errors, or data within bounds: no crash, no hang, no flood of memory.</summary>
public sealed class MutationTests
{
    private const long MaxAllocation = 600L << 20;

    private static readonly Gen<(ImageConfig Config, int Seed)> Course = Gen.Select(ImageConfig.Gen, Gen.Int[0, int.MaxValue]);

    [Test]
    public void Mutated_images_do_no_harm()
        => Course.Sample(course => Qcow2Host.Run(host => PlayAsync(host, course.Config, new Random(course.Seed))), iter: 150, threads: 1);

    [Test]
    public void Mutated_images_with_snapshots_do_no_harm() => Gen.Int[0, int.MaxValue].Sample(seed => Qcow2Host.Run(async host =>
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Qcow2", "Data", "snapshots.qcow2");
        host.Disks["a"] = new MemoryDisk(File.ReadAllBytes(file));
        await MutateAndUseAsync(host, new Random(seed), 1 << 9, o => o);
    }), iter: 100, threads: 1);

    private static async Task PlayAsync(Qcow2Host host, ImageConfig config, Random random)
    {
        host.Disks["backing"] = new MemoryDisk(config.NewBacking());
        await host.CreateAsync("a", config.Size, config.Apply);
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        await backend.WriteAsync(0, new byte[config.Size / 3]);
        await backend.WriteZeroesAsync(config.Size / 2, config.Size / 8);
        await backend.RemoveAsync();
        await MutateAndUseAsync(host, random, 1 << config.ClusterBits, config.Apply);
    }

    private static async Task MutateAndUseAsync(
        Qcow2Host host, Random random, int clusterSize, Func<Qapi.Schema.BlockdevOptionsQcow2, Qapi.Schema.BlockdevOptionsQcow2> options)
    {
        MemoryDisk disk = host.Disks["a"];
        disk.MaxLength = disk.Length + (64 << 20);
        byte[] bytes = disk.ToArray();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            Mutate(bytes, random, clusterSize, disk);
        }

        long before = GC.GetTotalAllocatedBytes();
        await UseAsync(host, random, options);
        await TolerateAsync(async () => await host.CheckAsync("a"));
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(MaxAllocation));
    }

    // Header fields and table entries get values that make trouble: near misses, other structures, limits, noise.
    private static void Mutate(byte[] image, Random random, int clusterSize, MemoryDisk disk)
    {
        int place = random.Next(4) switch
        {
            0 => random.Next(8, 112),
            1 => Table(image, random.Next(3)) + (random.Next(8) * 8),
            2 => random.Next(Math.Min(image.Length - 8, 8 * clusterSize)),
            _ => random.Next(image.Length - 8),
        };
        ulong value = random.Next(6) switch
        {
            0 => (ulong)random.Next(16),
            1 => (ulong)random.NextInt64(),
            2 => ((ulong)random.Next(1 + (image.Length / clusterSize)) * (ulong)clusterSize) | (random.Next(2) == 0 ? 1UL << 63 : 0),
            3 => 1UL << random.Next(64),
            4 => ulong.MaxValue >> random.Next(64),
            _ => (uint)random.Next(image.Length) | (1UL << 62),
        };
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        int width = 1 << random.Next(4);
        disk.Write(Math.Clamp(place, 8, image.Length - 8), bytes.AsSpan(8 - width));
    }

    private static int Table(byte[] image, int which)
    {
        int at = which switch { 0 => 40, 1 => 48, _ => 64 };
        return (int)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(at)), (ulong)image.Length - 72);
    }

    private static async Task UseAsync(
        Qcow2Host host, Random random, Func<Qapi.Schema.BlockdevOptionsQcow2, Qapi.Schema.BlockdevOptionsQcow2> options)
    {
        BlockBackend backend;
        try
        {
            backend = await host.OpenAsync("a", more: options);
        }
        catch (QmpException)
        {
            return;
        }

        for (int i = 0; i < 12; i++)
        {
            long offset = random.NextInt64(Math.Max(1, Math.Min(backend.Node.Length, 1 << 22)));
            int length = (int)Math.Min(random.Next(200_000), backend.Node.Length - offset);
            if (length > 0)
            {
                await TolerateAsync(() => UseAsync(backend, random.Next(6), offset, length));
            }
        }

        await backend.RemoveAsync();
    }

    private static async Task UseAsync(BlockBackend backend, int kind, long offset, int length) => await (kind switch
    {
        0 => backend.ReadAsync(offset, new byte[length]),
        1 => backend.WriteZeroesAsync(offset, length, RequestFlags.MayUnmap),
        2 => backend.Child.DiscardAsync(offset, length),
        3 => backend.FlushAsync(),
        4 => new ValueTask(backend.Child.GetBlockStatusAsync(true, offset, length).AsTask()),
        _ => backend.WriteAsync(offset, new byte[length]),
    });

    private static async Task TolerateAsync(Func<Task> use)
    {
        try
        {
            await use();
        }
        catch (Exception e) when (e is BlockIOException or QmpException)
        {
        }
    }
}
