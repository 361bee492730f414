using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Images whose data lies in another file.</summary>
public sealed class DataFileTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Requests_match_the_model(bool raw) => Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[1, 40]).Sample(
        course => Qcow2Host.Run(host => PlayAsync(host, course.Item1, course.Item2, raw)), iter: 40, threads: 1);

    [Test]
    public void The_image_names_its_data_file() => Qcow2Host.Run(async host =>
    {
        await CreateAsync(host, 64 << 20, raw: false);
        BlockBackend backend = await host.OpenAsync("a");
        await backend.WriteAsync(65536, new byte[] { 1, 2, 3 });
        await backend.RemoveAsync();
        Assert.That(host.Disks["data"].ToArray().AsSpan(65536, 4).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 0 }));
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });

    [Test]
    public void Compressed_data_cannot_be_written() => Qcow2Host.Run(async host =>
    {
        await CreateAsync(host, 64 << 20, raw: false);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(
            async () => await backend.Child.WriteAsync(0, new byte[65536], RequestFlags.WriteCompressed),
            Throws.TypeOf<BlockIOException>().With.Property("Errno").EqualTo(Errno.ENOTSUP));
        await backend.RemoveAsync();
    });

    [Test]
    public void Only_images_with_a_data_file_take_one() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("a", 64 << 20);
        host.Disks["data"] = new MemoryDisk();
        Assert.That(
            async () => await host.OpenAsync("a", more: o => o with { DataFile = Qcow2Host.FileRef("data") }),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("'data-file' can only be set for images with an external data file"));
    });

    [Test]
    public void The_data_file_follows_the_size() => Qcow2Host.Run(async host =>
    {
        await CreateAsync(host, 1 << 20, raw: false);
        Assert.That(host.Disks["data"].Length, Is.EqualTo(1 << 20));
        BlockBackend backend = await host.OpenAsync("a");
        await backend.Child.TruncateAsync(2 << 20);
        Assert.That(host.Disks["data"].Length, Is.EqualTo(2 << 20));
        await backend.Child.TruncateAsync(1 << 19);
        Assert.That(host.Disks["data"].Length, Is.EqualTo(1 << 19));
        await backend.RemoveAsync();
    });

    private static async Task PlayAsync(Qcow2Host host, ImageConfig config, ImageOperation[] operations, bool raw)
    {
        config = config with { Version = 3, BackingSectors = raw ? 0 : config.BackingSectors };
        host.Disks["backing"] = new MemoryDisk(config.NewBacking());
        host.Disks["data"] = new MemoryDisk();
        await host.CreateAsync("a", config.Size, o => config.Apply(o) with { DataFile = Qcow2Host.FileRef("data"), DataFileRaw = raw });
        var model = new DiskModel(config);
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        foreach (ImageOperation operation in operations.Where(o => o.Kind != OperationKind.Compress))
        {
            await model.ApplyAsync(backend, operation);
        }

        await DiskAssert.SameAsync(backend, model.Bytes);
        await backend.RemoveAsync();
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
        if (raw)
        {
            byte[] data = host.Disks["data"].ToArray();
            Array.Resize(ref data, config.Size);
            DiskAssert.Same(data, model.Bytes, 0);
        }
    }

    private static async Task CreateAsync(Qcow2Host host, long size, bool raw)
    {
        host.Disks["data"] = new MemoryDisk();
        await host.CreateAsync("a", size, o => o with { DataFile = Qcow2Host.FileRef("data"), DataFileRaw = raw });
    }
}
