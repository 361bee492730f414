using NUnit.Framework;
using QmpHost.Block.Bitmaps;

namespace QmpHost.Block.Tests.Bitmaps;

public sealed class HierarchicalBitmapTests
{
    private const long TiB = 1L << 40;

    [Test]
    public void Set_rounds_out_and_count_is_in_whole_granules()
    {
        var bitmap = new HierarchicalBitmap(100352, 65536);
        bitmap.Set(98304, 1);
        Assert.That(bitmap.Count, Is.EqualTo(65536));
        Assert.That(bitmap.Get(65536));
        Assert.That(bitmap.Get(65535), Is.False);
    }

    [Test]
    public void A_granule_larger_than_the_disk_counts_in_full()
    {
        var bitmap = new HierarchicalBitmap(100352, 1 << 30);
        bitmap.Set(98304, 2048);
        Assert.That(bitmap.Count, Is.EqualTo(1 << 30));
    }

    [TestCase(0, 100)]
    [TestCase(100, 4096)]
    [TestCase(4096, 4095)]
    public void Reset_refuses_parts_of_granules(long offset, long bytes)
    {
        var bitmap = new HierarchicalBitmap(10000, 4096);
        Assert.That(() => bitmap.Reset(offset, bytes), Throws.ArgumentException);
    }

    [Test]
    public void Reset_may_end_at_an_unaligned_end_of_disk()
    {
        var bitmap = new HierarchicalBitmap(10000, 4096);
        bitmap.SetAll();
        bitmap.Reset(8192, 10000 - 8192);
        Assert.That(bitmap.Count, Is.EqualTo(8192));
    }

    [TestCase(-1, 1)]
    [TestCase(0, 10001)]
    [TestCase(9999, 2)]
    [TestCase(long.MaxValue, 1)]
    [TestCase(1, long.MaxValue)]
    public void Ranges_must_lie_within_the_disk(long offset, long bytes)
    {
        var bitmap = new HierarchicalBitmap(10000, 512);
        Assert.That(() => bitmap.Set(offset, bytes), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(-1, 512)]
    [TestCase(10, 0)]
    [TestCase(10, 3)]
    [TestCase(10, -512)]
    [TestCase(long.MaxValue, 1)]
    public void Impossible_shapes_are_refused(long size, long granularity)
        => Assert.That(() => new HierarchicalBitmap(size, granularity), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void The_largest_disk_fits()
    {
        long size = long.MaxValue & ~511L;
        var bitmap = new HierarchicalBitmap(size, 512);
        bitmap.Set(size - 512, 512);
        Assert.That(bitmap.NextDirty(0), Is.EqualTo(size - 512));
        Assert.That(bitmap.NextZero(0), Is.Zero);
        bitmap.SetAll();
        Assert.That(bitmap.NextZero(0), Is.EqualTo(-1));
        Assert.That(bitmap.TryNextDirtyArea(1, long.MaxValue, long.MaxValue, out DirtyArea area));
        Assert.That(area, Is.EqualTo(new DirtyArea(1, size - 1)));
    }

    [Test]
    public void Taking_the_content_leaves_a_clean_bitmap()
    {
        var bitmap = new HierarchicalBitmap(1 << 20, 512);
        bitmap.Set(5000, 1);
        HierarchicalBitmap taken = bitmap.TakeAndReset();
        Assert.That(bitmap.IsEmpty);
        Assert.That(taken.NextDirty(0), Is.EqualTo(4608));
    }

    [Test]
    public void A_clone_is_independent()
    {
        var bitmap = new HierarchicalBitmap(1L << 30, 512);
        bitmap.Set(1 << 29, 512);
        HierarchicalBitmap clone = bitmap.Clone();
        bitmap.Set((1 << 29) + 512, 512);
        clone.Set(0, 512);
        Assert.That(bitmap.Get(0), Is.False);
        Assert.That(clone.Get((1 << 29) + 512), Is.False);
    }

    [Test]
    public void Merging_shares_nothing_with_the_source()
    {
        var source = new HierarchicalBitmap(1L << 30, 512);
        source.Set(0, 512);
        var target = new HierarchicalBitmap(1L << 30, 512);
        target.Merge(source);
        target.Set(1024, 512);
        Assert.That(source.Get(1024), Is.False);
    }

    [Test]
    public void Merging_disks_of_different_sizes_is_refused()
        => Assert.That(
            () => new HierarchicalBitmap(1024, 512).Merge(new HierarchicalBitmap(512, 512)),
            Throws.ArgumentException);

    [Test]
    public void Merging_works_after_a_disk_has_grown_by_a_level()
    {
        var grown = new HierarchicalBitmap(512, 512);
        grown.Set(0, 1);
        grown.Truncate(1L << 30);
        var target = new HierarchicalBitmap(1L << 30, 512);
        target.Merge(grown);
        Assert.That(target.Count, Is.EqualTo(512));
        grown.Truncate(512);
        var small = new HierarchicalBitmap(512, 512);
        small.Merge(grown);
        Assert.That(small.Count, Is.EqualTo(512));
    }

    [Test]
    public void Uniform_parts_are_loaded_without_bytes()
    {
        var bitmap = new HierarchicalBitmap(100 * 512, 512);
        bitmap.DeserialiseUniform(0, 16, dirty: true);
        Assert.That(bitmap.Count, Is.EqualTo(100 * 512));
        bitmap.DeserialiseUniform(8, 8, dirty: false);
        Assert.That(bitmap.Count, Is.EqualTo(64 * 512));
        bitmap.DeserialiseUniform(16, 8, dirty: true);
        Assert.That(bitmap.Count, Is.EqualTo(64 * 512));
    }

    [Test]
    public void Bits_beyond_the_end_are_ignored_on_load()
    {
        var bitmap = new HierarchicalBitmap(512, 512);
        var ones = new byte[24];
        ones.AsSpan().Fill(0xff);
        bitmap.DeserialisePart(0, ones);
        Assert.That(bitmap.Count, Is.EqualTo(512));
        bitmap.SerialisePart(0, ones);
        Assert.That(ones, Is.EqualTo(new byte[] { 1 }.Concat(new byte[23])));
        Assert.That(() => bitmap.DeserialisePart(4, ones), Throws.ArgumentException);
    }

    // Recorded from QEMU 7.2: x-debug-block-dirty-bitmap-sha256 after the same writes.
    [TestCase(0, 512, "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc")]
    [TestCase(100352, 4096, "cbbc48750debb8535093b3deaf88ac7f4cff87425576a58de2bac754acdb4616", 98304, 2048)]
    [TestCase(100352, 65536, "d86e8112f3c4c4442126f8e9f44f16867da487f29052bf91b810457db34209a4", 98304, 2048)]
    [TestCase(100352, 1 << 30, "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8", 98304, 2048)]
    [TestCase(100352, 512, "60222aec137c8f53930ed111342483bdc649ec9dfc00cf5562a5b78633effbbb", 98304, 2048)]
    [TestCase(262144, 512, "8ef65da75cd74a47e2bcaefce6e78083823f8ebd3d0f9a88773d0cfde1de6d95", 0, 512, 32768, 512, 65536, 1024)]
    [TestCase(262144, 4096, "4500f13127e64cfa2cab4b0e3883a3ac30cd90a9bcdab43e742c28879f660a99", 0, 512, 32768, 512, 65536, 1024)]
    public void Hash_equals_the_oracles(long size, long granularity, string expected, params int[] writes)
    {
        var bitmap = new HierarchicalBitmap(size, granularity);
        for (int i = 0; i < writes.Length; i += 2)
        {
            bitmap.Set(writes[i], writes[i + 1]);
        }

        Assert.That(bitmap.Sha256(), Is.EqualTo(expected));
    }

    [TestCase(65536)]
    [TestCase(512)]
    public void A_clean_and_a_full_16_TiB_bitmap_take_no_memory_to_speak_of(long granularity)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var bitmap = new HierarchicalBitmap(16 * TiB, granularity);
        bitmap.SetAll();
        Assert.That(bitmap.Count, Is.EqualTo(16 * TiB));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16384));
    }

    [Test]
    public void A_16_TiB_bitmap_of_64_KiB_granules_at_its_worst_takes_less_than_an_eighth_more_than_its_bits()
    {
        const long size = 16 * TiB, granularity = 65536;
        const long bits = size / granularity / 8;
        var bitmap = new HierarchicalBitmap(size, granularity);
        var pattern = new byte[1 << 20];
        pattern.AsSpan().Fill(0x55);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long position = 0; position < bits; position += pattern.Length)
        {
            bitmap.DeserialisePart(position, pattern);
        }

        Assert.That(bitmap.Count, Is.EqualTo(size / 2));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(bits + bits / 8));
    }

    [Test]
    public void Searching_a_16_TiB_bitmap_is_immediate()
    {
        var bitmap = new HierarchicalBitmap(16 * TiB, 512);
        bitmap.Set(16 * TiB - 1, 1);

        // A linear search of the 4 GiB of bits would take hours for as many.
        for (int i = 0; i < 10_000; i++)
        {
            Assert.That(bitmap.NextDirty(i), Is.EqualTo(16 * TiB - 512));
        }
    }
}
