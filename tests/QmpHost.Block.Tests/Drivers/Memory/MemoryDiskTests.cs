using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Drivers.Memory;

namespace QmpHost.Block.Tests.Drivers.Memory;

/// <summary>A disk in memory against a flat array: over pages, groups of pages, and a moving end.</summary>
public sealed class MemoryDiskTests
{
    private const int MaxLength = 300_000;

    private enum Step
    {
        Write,
        WriteZeroes,
        Clear,
        Resize,
    }

    private static readonly Gen<(Step Kind, int Offset, int Length, byte Value)[]> Steps =
        Gen.Select(Gen.Enum<Step>(), Gen.Int[0, MaxLength], Gen.OneOf(Gen.Int[1, 600], Gen.Int[1, 100_000]), Gen.Byte[1, 255]).Array[1, 20];

    [Test]
    public void Every_operation_agrees_with_a_flat_array() => Steps.Sample(
        steps =>
        {
            var disk = new MemoryDisk(MaxLength / 2);
            byte[] model = new byte[MaxLength / 2];
            foreach ((Step kind, int offset, int length, byte value) in steps)
            {
                model = Apply(disk, model, kind, offset, length, value);
                Compare(disk, model);
            }
        },
        iter: 200,
        threads: 1);

    [Test]
    public void What_is_cleared_takes_no_space()
    {
        var disk = new MemoryDisk(1L << 50);
        disk.Write((1L << 49) + 100, [1]);
        Assert.That(disk.AllocatedBytes, Is.EqualTo(4096));
        disk.Clear(0, 1L << 20);
        disk.Clear(1L << 49, 4096);
        Assert.That(disk.AllocatedBytes, Is.Zero);
    }

    private static byte[] Apply(MemoryDisk disk, byte[] model, Step kind, int offset, int length, byte value)
    {
        if (kind == Step.Resize)
        {
            disk.Resize(offset);
            Array.Resize(ref model, offset);
            return model;
        }

        byte written = kind == Step.Write ? value : (byte)0;
        if (kind == Step.Clear)
        {
            disk.Clear(offset, length);
        }
        else
        {
            disk.Write(offset, Enumerable.Repeat(written, length).ToArray());
        }

        Array.Resize(ref model, Math.Max(model.Length, offset + length));
        model.AsSpan(offset, length).Fill(written);
        return model;
    }

    private static void Compare(MemoryDisk disk, byte[] model)
    {
        Assert.That(disk.Length, Is.EqualTo(model.Length));
        byte[] content = new byte[model.Length];
        disk.Read(0, content);
        Assert.That(content.AsSpan().SequenceEqual(model));
        long allocated = 0;
        for (long offset = 0; offset < model.Length;)
        {
            (bool hasData, long bytes) = disk.Status(offset, model.Length - offset);
            Assert.That(bytes, Is.Positive);
            Assert.That(hasData || !model.AsSpan((int)offset, (int)bytes).ContainsAnyExcept((byte)0));
            allocated += hasData ? bytes : 0;
            offset += bytes;
        }

        Assert.That(disk.AllocatedBytes, Is.InRange(allocated, allocated + 4095));
    }
}
