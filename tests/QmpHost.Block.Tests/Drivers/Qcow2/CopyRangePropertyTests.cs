using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>What the system copies between images of any kinds is what reading and writing would have copied.</summary>
public sealed class CopyRangePropertyTests
{
    private static readonly Gen<(ImageConfig Source, ImageConfig Target, ImageOperation[] Operations, int Seed)> Course =
        Gen.Select(ImageConfig.Gen, ImageConfig.Gen, ImageOperation.Gen.Array[1, 30], Gen.Int[0, 1 << 20]);

    private static int _copied;

    [Test]
    public void Copied_ranges_match_the_model()
    {
        Course.Sample(
            course => Qcow2Host.Run(host => PlayAsync(host, course.Source, course.Target, course.Operations, course.Seed)), iter: 150, threads: 1);
        Assert.That(_copied, Is.GreaterThan(150), "Ranges that were taken on.");
    }

    private static async Task PlayAsync(Qcow2Host host, ImageConfig source, ImageConfig target, ImageOperation[] operations, int seed)
    {
        target = target with { SizeSectors = source.SizeSectors, BackingSectors = target.BackingSectors > 0 ? source.BackingSectors : 0 };
        host.Disks["backing"] = new MemoryDisk(source.NewBacking());
        await host.CreateAsync("a", source.Size, source.Apply);
        await host.CreateAsync("b", target.Size, target.Apply);
        (DiskModel from, DiskModel to) = (new DiskModel(source), new DiskModel(target));
        BlockBackend a = await host.OpenAsync("a", more: source.Apply);
        BlockBackend b = await host.OpenAsync("b", more: target.Apply);
        var random = new Random(seed);
        foreach (ImageOperation operation in operations)
        {
            await (random.Next(4) == 0 ? to.ApplyAsync(b, operation) : from.ApplyAsync(a, operation));
            await CopyAsync(a, b, to, Place(random, source.Size));
        }

        await DiskAssert.SameAsync(a, from.Bytes);
        await DiskAssert.SameAsync(b, to.Bytes);
        await a.RemoveAsync();
        await b.RemoveAsync();
        Assert.That((await host.CheckAsync("b")).Messages, Is.Empty);
    }

    private static async Task CopyAsync(BlockBackend a, BlockBackend b, DiskModel to, (long Offset, long Bytes) range)
    {
        byte[] expected = new byte[range.Bytes];
        await a.ReadAsync(range.Offset, expected);
        try
        {
            await a.Child.CopyRangeFromAsync(range.Offset, range.Bytes, new CopyRangeTarget(b.Child, range.Offset, RequestFlags.None));
            _copied++;
        }
        catch (BlockIOException e) when (e.Errno == Errno.ENOTSUP)
        {
            // Compressed data: a part may have been copied.
            await b.WriteAsync(range.Offset, expected);
        }

        to.Write(range.Offset, expected);
    }

    private static (long Offset, long Bytes) Place(Random random, int size)
    {
        int unit = random.Next(3) switch { 0 => 512, 1 => 4096, _ => 65536 };
        long offset = random.Next(size) / unit * unit;
        return (offset, Math.Min(size - offset, (1 + random.Next(4)) * (long)unit));
    }
}
