using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Bitmaps;

namespace QmpHost.Block.Tests.Bitmaps;

/// <summary>Random operations on the bitmap and on the model must always agree.</summary>
public sealed class HierarchicalBitmapPropertyTests
{
    private const string Seed = "0000KlcqWXv5";

    private enum Step
    {
        Set,
        Reset,
        ResetAll,
        SetAll,
        Truncate,
        Load,
        Clone,
    }

    private static readonly Gen<(Step Kind, double From, double Length)[]> Steps =
        Gen.Select(
            Gen.Frequency((12, Gen.Const(Step.Set)), (8, Gen.Const(Step.Reset)), (1, Gen.Const(Step.ResetAll)), (1, Gen.Const(Step.SetAll)),
                (2, Gen.Const(Step.Truncate)), (2, Gen.Const(Step.Load)), (1, Gen.Const(Step.Clone))),
            Gen.Double[0, 1],
            Gen.Double[0, 1])
        .Array[1, 25];

    // One size per shape of tree: less than a word, a leaf, several leaves, three levels.
    private static readonly Gen<(long Size, long Granularity)> Shapes =
        Gen.Select(Gen.OneOf(Gen.Long[0, 70], Gen.Long[3000, 4200], Gen.Long[8000, 20_000], Gen.Long[262_000, 280_000]), Gen.Int[0, 3])
            .Select((bits, shift) => (bits << shift, 1L << shift));

    [Test]
    public void Every_operation_agrees_with_the_model()
    {
        Gen.Select(Shapes, Steps).Sample(
            (shape, steps) =>
            {
                var bitmap = new HierarchicalBitmap(shape.Size, shape.Granularity);
                var model = new BitmapModel(shape.Size, shape.Granularity);
                foreach ((Step kind, double from, double length) in steps)
                {
                    bitmap = Apply(bitmap, model, kind, from, length);
                    Compare(bitmap, model, from, length);
                }
            },
            seed: Seed,
            iter: 300,
            threads: 1);
    }

    [Test]
    public void Merge_of_any_granularities_is_the_union_rounded_out()
    {
        Gen<(double, double)[]> ranges = Gen.Select(Gen.Double[0, 1], Gen.Double[0, 0.2]).Array[0, 8];
        Gen.Select(Gen.Long[1, 60_000], Gen.Int[0, 6], Gen.Int[0, 6], ranges, ranges).Sample(
            (size, targetShift, sourceShift, targetRanges, sourceRanges) =>
            {
                var target = new HierarchicalBitmap(size, 1L << targetShift);
                var source = new HierarchicalBitmap(size, 1L << sourceShift);
                var model = new BitmapModel(size, 1L << targetShift);
                Scatter(target, targetRanges);
                Scatter(source, sourceRanges);
                for (long at = 0; at < size; at++)
                {
                    if (target.Get(at) || source.Get(at))
                    {
                        model.Set(at, 1);
                    }
                }

                target.Merge(source);
                Compare(target, model, 0, 1);
            },
            seed: Seed,
            iter: 150,
            threads: 1);
    }

    [Test]
    public void Walking_the_dirty_areas_visits_every_dirty_byte_once()
    {
        Gen.Select(Shapes, Gen.Select(Gen.Double[0, 1], Gen.Double[0, 0.1]).Array[0, 20], Gen.Long[1, 9000]).Sample(
            (shape, ranges, max) =>
            {
                var bitmap = new HierarchicalBitmap(shape.Size, shape.Granularity);
                Scatter(bitmap, ranges);
                long dirty = 0, last = -1;
                for (long at = 0; bitmap.TryNextDirtyArea(at, long.MaxValue, max, out DirtyArea area); at = area.End)
                {
                    Assert.That(area.Offset, Is.GreaterThanOrEqualTo(last));
                    Assert.That(area.Bytes, Is.InRange(1, max));
                    Assert.That(bitmap.Status(area.Offset, area.Bytes, out long run) && run == area.Bytes);
                    dirty += area.Bytes;
                    last = area.End;
                }

                long tail = -shape.Size & (shape.Granularity - 1);
                bool tailDirty = shape.Size > 0 && bitmap.Get(shape.Size - 1);
                Assert.That(dirty, Is.EqualTo(bitmap.Count - (tailDirty ? tail : 0)));
            },
            seed: Seed,
            iter: 300,
            threads: 1);
    }

    private static HierarchicalBitmap Apply(HierarchicalBitmap bitmap, BitmapModel model, Step kind, double from, double length)
    {
        long offset = (long)(from * bitmap.Size);
        long bytes = (long)(length * (bitmap.Size - offset));
        switch (kind)
        {
            case Step.Set:
                bitmap.Set(offset, bytes);
                model.Set(offset, bytes);
                return bitmap;
            case Step.Reset:
                offset &= -bitmap.Granularity;
                bytes = length > 0.9 ? bitmap.Size - offset : bytes & -bitmap.Granularity;
                bitmap.Reset(offset, bytes);
                model.Reset(offset, bytes);
                return bitmap;
            case Step.ResetAll:
                bitmap.ResetAll();
                model.Reset(0, model.Size);
                return bitmap;
            case Step.SetAll:
                bitmap.SetAll();
                model.Set(0, model.Size);
                return bitmap;
            case Step.Truncate:
                long size = (long)(bitmap.Size * (0.5 + from));
                bitmap.Truncate(size);
                model.Truncate(size);
                return bitmap;
            case Step.Load:
                return Reload(bitmap, length);
            default:
                HierarchicalBitmap copy = bitmap.Clone();
                bitmap.SetAll();
                return copy;
        }
    }

    private static HierarchicalBitmap Reload(HierarchicalBitmap bitmap, double part)
    {
        var copy = new HierarchicalBitmap(bitmap.Size, bitmap.Granularity);
        copy.SetAll();
        var buffer = new byte[8 * (1 + (int)(part * 1000))];
        for (long position = 0; position < bitmap.GetSerialisedLength(); position += buffer.Length)
        {
            bitmap.SerialisePart(position, buffer);
            copy.DeserialisePart(position, buffer);
        }

        return copy;
    }

    private static void Scatter(HierarchicalBitmap bitmap, (double From, double Length)[] ranges)
    {
        foreach ((double from, double length) in ranges)
        {
            long offset = (long)(from * bitmap.Size);
            bitmap.Set(offset, (long)(length * (bitmap.Size - offset)));
        }
    }

    private static void Compare(HierarchicalBitmap bitmap, BitmapModel model, double from, double length)
    {
        Assert.That(bitmap.Size, Is.EqualTo(model.Size));
        Assert.That(bitmap.Count, Is.EqualTo(model.Count));
        byte[] flat = model.Flat();
        var actual = new byte[bitmap.GetSerialisedLength()];
        bitmap.SerialisePart(0, actual);
        Assert.That(actual.AsSpan().SequenceEqual(flat));
        long offset = (long)(from * model.Size), bytes = (long)(length * model.Size);
        Assert.That(bitmap.NextDirty(offset, bytes), Is.EqualTo(model.Next(true, offset, offset + bytes)));
        Assert.That(bitmap.NextZero(offset, bytes), Is.EqualTo(model.Next(false, offset, offset + bytes)));
        long max = 1 + bytes / 2;
        bool found = bitmap.TryNextDirtyArea(offset, offset + bytes, max, out DirtyArea area);
        DirtyArea? actualArea = found ? area : null;
        Assert.That(actualArea, Is.EqualTo(model.NextArea(offset, offset + bytes, max)));
    }
}
