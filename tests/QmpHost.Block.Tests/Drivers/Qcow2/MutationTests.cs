using System.Buffers.Binary;
using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

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
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Drivers", "Qcow2", "Data", "snapshots.qcow2");
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
        await CompressAsync(backend, config, random);
        await AddBitmapsAsync(backend, config);
        await backend.RemoveAsync();
        await MutateAndUseAsync(host, random, 1 << config.ClusterBits, config.Apply);
    }

    // Several in one host cluster, one at the end of the disk.
    private static async Task CompressAsync(BlockBackend backend, ImageConfig config, Random random)
    {
        int clusterSize = 1 << config.ClusterBits;
        byte[] data = new byte[clusterSize];
        random.NextBytes(data.AsSpan(0, clusterSize / 3));
        for (long offset = (config.Size * 3L / 4) & -clusterSize; offset < config.Size; offset += clusterSize)
        {
            await TolerateAsync(async () => await backend.Child.WriteAsync(
                offset, data.AsMemory(0, (int)Math.Min(clusterSize, config.Size - offset)), RequestFlags.WriteCompressed));
        }
    }

    private static async Task AddBitmapsAsync(BlockBackend backend, ImageConfig config)
    {
        foreach ((string name, long granularity) in config.Version < 3 ? [] : new[] { ("one", 512L), ("two", 65536L) })
        {
            DirtyBitmap bitmap = backend.Node.Bitmaps.Create(name, granularity);
            bitmap.IsPersistent = true;
        }

        await backend.WriteAsync(config.Size / 5, new byte[config.Size / 16]);
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
        int place = random.Next(6) switch
        {
            0 => random.Next(8, 112),
            1 => Table(image, random.Next(3)) + (random.Next(8) * 8),
            2 => SecondTable(image, Table(image, random.Next(2))) + random.Next(clusterSize),
            3 => BitmapDirectory(image) + random.Next(80),
            4 => random.Next(Math.Min(image.Length - 8, 8 * clusterSize)),
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

    // The L2 table or refcount block that the first used entry of a table refers to.
    private static int SecondTable(byte[] image, int table)
    {
        for (int i = 0; i < 8; i++)
        {
            ulong offset = BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(table + (i * 8))) & 0x00ff_ffff_ffff_fe00;
            if (offset != 0)
            {
                return (int)Math.Min(offset, (ulong)image.Length - 72);
            }
        }

        return table;
    }

    // Where the header says, or a place in the header.
    private static int BitmapDirectory(byte[] image)
    {
        int extension = image.AsSpan(0, Math.Min(image.Length, 1024)).IndexOf((ReadOnlySpan<byte>)[0x23, 0x85, 0x28, 0x75]);
        return extension < 0 ? 72
            : (int)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(extension + 24)), (ulong)image.Length - 72);
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
                await TolerateAsync(() => UseAsync(backend, random.Next(9), offset, length));
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
        4 => backend.Child.TruncateAsync(offset + length),
        5 => CompressAsync(backend, offset, length),
        6 => new ValueTask(backend.Child.GetBlockStatusAsync(true, offset, length).AsTask()),
        _ => backend.WriteAsync(offset, new byte[length]),
    });

    private static ValueTask CompressAsync(BlockBackend backend, long offset, int length)
    {
        long start = offset & -backend.Node.ClusterSize;
        int whole = (int)Math.Min(length + backend.Node.ClusterSize, backend.Node.Length - start);
        if (start + whole != backend.Node.Length)
        {
            whole &= (int)-backend.Node.ClusterSize;
        }

        return whole > 0 ? backend.Child.WriteAsync(start, new byte[whole], RequestFlags.WriteCompressed) : ValueTask.CompletedTask;
    }

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
