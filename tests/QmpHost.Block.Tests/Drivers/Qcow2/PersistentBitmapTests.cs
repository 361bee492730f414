using System.Buffers.Binary;
using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Bitmaps that are kept in the image.</summary>
public sealed class PersistentBitmapTests
{
    [Test]
    public void A_persistent_bitmap_survives_closing() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("a", 64 << 20);
        BlockBackend backend = await host.OpenAsync("a");
        await AddAsync(backend, "x", 65536);
        await AddAsync(backend, "off", 512, disabled: true);
        await backend.WriteAsync(0, new byte[1 << 20]);
        await backend.WriteAsync(32 << 20, new byte[100]);
        string hash = backend.Node.Bitmaps.Get("x").Bits.Sha256();
        await backend.RemoveAsync();
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);

        backend = await host.OpenAsync("a");
        DirtyBitmap loaded = backend.Node.Bitmaps.Get("x");
        Assert.That(loaded.Count, Is.EqualTo((1 << 20) + 65536));
        Assert.That(loaded.Bits.Sha256(), Is.EqualTo(hash));
        Assert.That(loaded.IsPersistent && loaded.IsEnabled && !loaded.IsReadOnly, Is.True);
        Assert.That(backend.Node.Bitmaps.Get("off").IsEnabled, Is.False);
        Assert.That(backend.Node.Bitmaps.NewestFirst.Select(b => b.Name), Is.EqualTo(new[] { "x", "off" }));
        IReadOnlyList<Qcow2BitmapInfo> info = ((ImageInfoSpecificQCow2Wrapper)(await backend.Node.Driver.GetInfoAsync()).FormatSpecific!.Branch!).Data.Bitmaps!;
        Assert.That(info.Select(b => b.Name), Is.EqualTo(new[] { "off", "x" }));
        Assert.That(info[0].Flags, Is.EqualTo(new[] { Qcow2BitmapInfoFlags.InUse }));
        Assert.That(info[1].Flags, Is.EqualTo(new[] { Qcow2BitmapInfoFlags.InUse, Qcow2BitmapInfoFlags.Auto }));
        await backend.RemoveAsync();
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });

    [Test]
    public void After_a_crash_a_bitmap_can_only_be_removed() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        BlockBackend backend = await host.OpenAsync("a");
        host.Disks["crashed"] = new MemoryDisk(disk.ToArray());
        await backend.RemoveAsync();
        backend = await host.OpenAsync("crashed");
        DirtyBitmap bitmap = backend.Node.Bitmaps.Get("b0");
        Assert.That(bitmap.IsInconsistent && !bitmap.IsEnabled && bitmap.IsPersistent, Is.True);
        await backend.RemoveAsync();
        backend = await host.OpenAsync("crashed");
        Assert.That(backend.Node.Bitmaps.Get("b0").IsInconsistent, Is.True);
        await ((IPersistentBitmapStore)backend.Node.Driver).RemoveStoredAsync("b0");
        backend.Node.Bitmaps.Release(backend.Node.Bitmaps.Get("b0"));
        await backend.RemoveAsync();
        Assert.That(host.Disks["crashed"].ToArray()[95], Is.Zero);
        Assert.That((await host.CheckAsync("crashed")).Messages, Is.Empty);
    });

    [Test]
    public void A_read_only_image_keeps_its_bitmaps() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        byte[] before = disk.ToArray();
        BlockBackend backend = await host.OpenAsync("a", readOnly: true);
        Assert.That(backend.Node.Bitmaps.Get("b0").IsReadOnly, Is.True);
        await backend.RemoveAsync();
        Assert.That(disk.ToArray(), Is.EqualTo(before));
    });

    [Test]
    public void Bitmaps_of_a_program_without_knowledge_of_them_are_given_up() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        disk.Write(88, new byte[8]);
        var warnings = new List<string>();
        host.Layer.Context.Reported += report => warnings.Add(report.Text);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(backend.Node.Bitmaps.Count, Is.Zero);
        Assert.That(warnings, Is.EqualTo(new[] { "a program lacking bitmap support modified this file, so all bitmaps are now considered inconsistent",
            "Some clusters may be leaked, run 'qemu-img check -r' on the image file to fix.",
        }));
        await backend.RemoveAsync();
    });

    [TestCase(12, 4, 4L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(12, 4, 8L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(16, 1, 0L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(16, 1, 2L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(17, 1, 8L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(17, 1, 9L, null)]
    [TestCase(17, 1, 31L, null)]
    [TestCase(17, 1, 32L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(18, 2, 0L, "Broken bitmap directory")]
    [TestCase(18, 2, 1023L, "Broken bitmap directory")]
    [TestCase(20, 4, 8L, "Broken bitmap directory")]
    [TestCase(0, 8, 0x50001L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(0, 8, 0L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(0, 8, 0x10000000L, null)]
    [TestCase(8, 4, 0L, "Bitmap 'b0' doesn't satisfy the constraints")]
    [TestCase(8, 4, 2L, "Could not read bitmap 'b0' from image: Invalid argument")]
    [TestCase(8, 4, 0x7fffffffL, "Bitmap 'b0' doesn't satisfy the constraints")]
    public void A_directory_entry_is_checked(int field, int width, long value, string? message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        (_, long directory) = FindExtension(disk);
        disk.Write(directory + field, BigEndian(value).AsSpan(8 - width));
        await ExpectAsync(host, message);
    });

    [TestCase(8, 8, 24L, "Broken bitmap directory")]
    [TestCase(8, 8, 40L, "Broken bitmap directory")]
    [TestCase(8, 8, 0L, "Requested bitmap directory size is zero")]
    [TestCase(0, 4, 2L, "Less bitmaps found than specified in header extension")]
    [TestCase(0, 4, 0L, "found bitmaps extension with zero bitmaps")]
    [TestCase(0, 4, 65536L, "bitmaps_ext: Image has 65536 bitmaps, exceeding the QEMU supported maximum of 65535")]
    [TestCase(4, 4, 1L, "bitmaps_ext: Reserved field is not zero")]
    [TestCase(16, 8, 0x50001L, "bitmaps_ext: invalid bitmap directory offset")]
    [TestCase(8, 8, 1L << 30, "bitmaps_ext: bitmap directory size (1073741824) exceeds the maximum supported size (67107840)")]
    public void The_extension_is_checked(int field, int width, long value, string message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        (int extension, _) = FindExtension(disk);
        disk.Write(extension + field, BigEndian(value).AsSpan(8 - width));
        await ExpectAsync(host, message);
    });

    [TestCase(1L, 64L << 20, null)]
    [TestCase(2L, 0L, "Could not read bitmap_table table from image for bitmap 'b0': Invalid argument")]
    [TestCase(1L << 60, 0L, "Could not read bitmap_table table from image for bitmap 'b0': Invalid argument")]
    [TestCase(0x50200L, 0L, "Could not read bitmap_table table from image for bitmap 'b0': Invalid argument")]
    [TestCase(0x70001L, 0L, "Could not read bitmap_table table from image for bitmap 'b0': Invalid argument")]
    [TestCase(0x10000000L, 0L, null)]
    public void A_table_entry_is_checked(long value, long count, string? message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await CreateWithBitmapAsync(host);
        (_, long directory) = FindExtension(disk);
        disk.Write(BinaryPrimitives.ReadInt64BigEndian(disk.ToArray().AsSpan((int)directory)), BigEndian(value));
        await ExpectAsync(host, message, count);
    });

    [Test]
    public void What_cannot_be_stored_is_refused() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("v2", 64 << 20, o => o with { Version = BlockdevQcow2Version.V2 });
        await host.CreateAsync("large", 16L << 40);
        BlockBackend v2 = await host.OpenAsync("v2");
        BlockBackend large = await host.OpenAsync("large");
        await RefuseAsync(v2, "x", 65536, "Can't make bitmap 'x' persistent in 'n-v2': Cannot store dirty bitmaps in qcow2 v2 files");
        await RefuseAsync(large, "x", 512, "Can't make bitmap 'x' persistent in 'n-large': Too much space will be occupied by the bitmap. Use larger granularity");
        string name = new('y', 1024);
        await RefuseAsync(large, name, 65536, $"Can't make bitmap '{name}' persistent in 'n-large': Name length exceeds maximum (1023 characters)");
        await v2.RemoveAsync();
        await large.RemoveAsync();
    });

    [Test]
    public void Random_bitmaps_survive() => Gen.Select(Gen.Int[9, 16], Gen.Int[9, 20], Gen.Int[1, 4000], Gen.Int).Sample(course =>
    {
        (int clusterBits, int granularityBits, int sectors, int seed) = course;
        Qcow2Host.Run(async host =>
        {
            await host.CreateAsync("a", sectors * 512L, o => o with { ClusterSize = 1UL << clusterBits });
            var random = new Random(seed);
            var hashes = new Dictionary<string, string>();
            for (int round = 0; round < 3; round++)
            {
                BlockBackend backend = await host.OpenAsync("a");
                foreach ((string name, string hash) in hashes)
                {
                    Assert.That(backend.Node.Bitmaps.Get(name).Bits.Sha256(), Is.EqualTo(hash));
                }

                await AddAsync(backend, "b" + round, 1L << granularityBits);
                for (int i = random.Next(5); i > 0; i--)
                {
                    long offset = random.NextInt64(sectors * 512L);
                    await backend.WriteAsync(offset, new byte[random.NextInt64(Math.Min(sectors * 512L - offset, 20_000))]);
                }

                hashes = backend.Node.Bitmaps.NewestFirst.ToDictionary(b => b.Name!, b => b.Bits.Sha256());
                await backend.RemoveAsync();
                Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
            }
        });
    }, iter: 60, threads: 1);

    private static async Task AddAsync(BlockBackend backend, string name, long granularity, bool disabled = false)
    {
        await ((IPersistentBitmapStore)backend.Node.Driver).EnsureCanStoreAsync(name, granularity);
        DirtyBitmap bitmap = backend.Node.Bitmaps.Create(name, granularity);
        bitmap.IsPersistent = true;
        bitmap.IsEnabled = !disabled;
    }

    private static async Task<MemoryDisk> CreateWithBitmapAsync(Qcow2Host host)
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        BlockBackend backend = await host.OpenAsync("a");
        await AddAsync(backend, "b0", 65536);
        await backend.RemoveAsync();
        return disk;
    }

    private static async Task RefuseAsync(BlockBackend backend, string name, long granularity, string message)
    {
        try
        {
            await ((IPersistentBitmapStore)backend.Node.Driver).EnsureCanStoreAsync(name, granularity);
        }
        catch (QmpException e)
        {
            Assert.That(e.Message, Is.EqualTo(message));
            return;
        }

        Assert.Fail("The bitmap was accepted.");
    }

    private static async Task ExpectAsync(Qcow2Host host, string? message, long? count = null)
    {
        string? found = null;
        try
        {
            BlockBackend backend = await host.OpenAsync("a");
            if (count is not null)
            {
                Assert.That(backend.Node.Bitmaps.Get("b0").Count, Is.EqualTo(count));
            }

            await backend.RemoveAsync();
        }
        catch (QmpException e)
        {
            found = e.Message;
        }

        Assert.That(found, Is.EqualTo(message));
        Assert.That(host.Graph.Nodes, Is.Empty);
    }

    private static (int Extension, long Directory) FindExtension(MemoryDisk disk)
    {
        byte[] image = disk.ToArray();
        int at = 112;
        while (BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(at)) != 0x23852875)
        {
            at += 8 + ((BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(at + 4)) + 7) & ~7);
        }

        return (at + 8, BinaryPrimitives.ReadInt64BigEndian(image.AsSpan(at + 24)));
    }

    private static byte[] BigEndian(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
