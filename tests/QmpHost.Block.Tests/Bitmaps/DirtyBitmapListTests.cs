using NUnit.Framework;
using QmpHost.Block.Bitmaps;

namespace QmpHost.Block.Tests.Bitmaps;

public sealed class DirtyBitmapListTests
{
    [Test]
    public void Bitmaps_are_listed_newest_first()
    {
        var list = new DirtyBitmapList(new FakeOwner());
        list.Create("a", 512);
        list.CreateAnonymous(512);
        list.Create("b", 512);
        Assert.That(list.NewestFirst.Select(b => b.Name), Is.EqualTo(new[] { "b", null, "a" }));
    }

    // Recorded from QEMU 7.2 for qcow2 images of these cluster sizes, and for a format without clusters.
    [TestCase(0, 65536)]
    [TestCase(512, 4096)]
    [TestCase(2048, 4096)]
    [TestCase(8192, 8192)]
    [TestCase(65536, 65536)]
    [TestCase(2097152, 65536)]
    public void Default_granularity_follows_the_cluster_size(long cluster, long expected)
        => Assert.That(new DirtyBitmapList(new FakeOwner { ClusterSize = cluster }).DefaultGranularity, Is.EqualTo(expected));

    [Test]
    public void The_size_is_in_whole_sectors()
        => Assert.That(new DirtyBitmapList(new FakeOwner(100_000)).Create("a", 512).Size, Is.EqualTo(100_352));

    [Test]
    public void Only_enabled_bitmaps_record()
    {
        var list = new DirtyBitmapList(new FakeOwner());
        DirtyBitmap first = list.Create("a", 4096), second = list.Create("b", 65536);
        Assert.That(list.IsRecording);
        first.IsEnabled = false;
        list.MarkDirty(4095, 2);
        second.IsEnabled = false;
        Assert.That(list.IsRecording, Is.False);
        list.MarkDirty(0, 1 << 20);
        Assert.That(first.Count, Is.Zero);
        Assert.That(second.Count, Is.EqualTo(65536));
        first.IsEnabled = true;
        list.Release(first);
        Assert.That(list.IsRecording, Is.False);
    }

    [Test]
    public void A_write_to_a_read_only_bitmap_is_a_fault_of_the_program()
    {
        var list = new DirtyBitmapList(new FakeOwner());
        list.Create("a", 4096).IsReadOnly = true;
        Assert.That(() => list.MarkDirty(0, 1), Throws.InvalidOperationException);
    }

    [Test]
    public void Closing_releases_what_has_a_name()
    {
        var list = new DirtyBitmapList(new FakeOwner());
        list.Create("a", 512);
        DirtyBitmap anonymous = list.CreateAnonymous(512);
        list.ReleaseNamed();
        Assert.That(list.NewestFirst, Is.EqualTo(new[] { anonymous }));
    }

    [Test]
    public void Resizing_cuts_and_extends_every_bitmap()
    {
        // Counts recorded from QEMU 7.2: block_resize to 1600 KiB, a write at the end, then to 68 KiB.
        var owner = new FakeOwner();
        var list = new DirtyBitmapList(owner);
        DirtyBitmap disabled = list.Create("k", 65536), enabled = list.Create("b", 65536);
        list.MarkDirty(0, 65536);
        list.MarkDirty(131072, 65536);
        disabled.IsEnabled = false;
        list.Truncate(1638400);
        list.MarkDirty(1572864, 65536);
        Assert.That(disabled.Count, Is.EqualTo(131072));
        Assert.That(enabled.Count, Is.EqualTo(196608));
        list.Truncate(69632);
        Assert.That(disabled.Count, Is.EqualTo(65536));
        Assert.That(enabled.Count, Is.EqualTo(65536));
    }
}
