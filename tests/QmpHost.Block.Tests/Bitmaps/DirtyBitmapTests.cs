using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Bitmaps;

/// <summary>The states of a bitmap and what happens to it while a job uses it.</summary>
public sealed class DirtyBitmapTests
{
    private DirtyBitmapList _list = null!;

    [SetUp]
    public void MakeList() => _list = new DirtyBitmapList(new FakeOwner());

    [Test]
    public void A_frozen_bitmap_is_busy_and_its_successor_records()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        _list.MarkDirty(0, 1);
        DirtyBitmap successor = bitmap.CreateSuccessor();
        _list.MarkDirty(65536, 1);
        Assert.That(bitmap.IsBusy);
        Assert.That(bitmap.IsRecording);
        Assert.That(bitmap.IsEnabled, Is.False);
        Assert.That(bitmap.Count, Is.EqualTo(65536));
        Assert.That(successor.Name, Is.Null);
        Assert.That(successor.Granularity, Is.EqualTo(65536));
        Assert.That(successor.Bits.Get(65536));
        Assert.That(successor.Bits.Get(0), Is.False);
        Assert.That(_list.NewestFirst, Is.EqualTo(new[] { successor, bitmap }));
    }

    [Test]
    public void The_successor_of_a_disabled_bitmap_does_not_record_until_it_is_enabled()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        bitmap.IsEnabled = false;
        bitmap.CreateSuccessor();
        Assert.That(bitmap.IsRecording, Is.False);
        Assert.That(_list.IsRecording, Is.False);
        bitmap.EnableSuccessor();
        Assert.That(bitmap.IsRecording);
        Assert.That(_list.IsRecording);
    }

    [Test]
    public void After_success_the_successor_has_the_name_and_its_own_place()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        bitmap.IsPersistent = true;
        DirtyBitmap other = _list.Create("b", 65536);
        _list.MarkDirty(0, 1);
        bitmap.CreateSuccessor();
        _list.MarkDirty(65536, 1);
        DirtyBitmap next = bitmap.Abdicate();
        Assert.That(_list.NewestFirst, Is.EqualTo(new[] { next, other }));
        Assert.That(next.Name, Is.EqualTo("a"));
        Assert.That(next.IsPersistent);
        Assert.That(next.IsBusy, Is.False);
        Assert.That(next.Bits.Get(0), Is.False);
        Assert.That(next.Bits.Get(65536));
    }

    [Test]
    public void After_failure_the_bitmap_holds_both_records_and_records_again()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        _list.MarkDirty(0, 1);
        bitmap.CreateSuccessor();
        _list.MarkDirty(65536, 1);
        bitmap.Reclaim();
        _list.MarkDirty(131072, 1);
        Assert.That(_list.NewestFirst, Is.EqualTo(new[] { bitmap }));
        Assert.That(bitmap.Count, Is.EqualTo(3 * 65536));
        Assert.That(bitmap.IsBusy, Is.False);
        Assert.That(bitmap.IsEnabled);
    }

    [Test]
    public void A_disabled_bitmap_stays_disabled_through_success_and_failure()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        bitmap.IsEnabled = false;
        bitmap.CreateSuccessor();
        bitmap.Reclaim();
        Assert.That(bitmap.IsRecording, Is.False);
        bitmap.CreateSuccessor();
        Assert.That(bitmap.Abdicate().IsRecording, Is.False);
        Assert.That(_list.IsRecording, Is.False);
    }

    [Test]
    public void A_bitmap_in_use_gets_no_second_successor()
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        Assert.That(bitmap.Reclaim, Throws.InvalidOperationException);
        bitmap.CreateSuccessor();
        Assert.That(bitmap.CreateSuccessor, Throws.InvalidOperationException);
        Assert.That(() => _list.Release(bitmap), Throws.InvalidOperationException);
    }

    // The sentences are QEMU 7.2's.
    [TestCase(DirtyBitmapChecks.Busy, "Bitmap 'a' is currently in use by another operation and cannot be used")]
    [TestCase(DirtyBitmapChecks.ReadOnly, "Bitmap 'a' is readonly and cannot be modified")]
    [TestCase(DirtyBitmapChecks.Inconsistent, "Bitmap 'a' is inconsistent and cannot be used")]
    public void A_state_is_refused_when_it_is_asked_for(DirtyBitmapChecks state, string message)
    {
        DirtyBitmap bitmap = _list.Create("a", 65536);
        bitmap.IsBusy = state == DirtyBitmapChecks.Busy;
        bitmap.IsReadOnly = state == DirtyBitmapChecks.ReadOnly;
        if (state == DirtyBitmapChecks.Inconsistent)
        {
            bitmap.MarkInconsistent();
        }

        Assert.That(() => bitmap.Check(DirtyBitmapChecks.Default & ~state), Throws.Nothing);
        Assert.That(() => bitmap.Check(state), Throws.InstanceOf<QmpException>().With.Message.EqualTo(message));
        Assert.That(bitmap.IsRecording, Is.EqualTo(state != DirtyBitmapChecks.Inconsistent));
    }

    [Test]
    public void The_iterator_visits_granules_as_they_are_when_it_comes_to_them()
    {
        DirtyBitmap bitmap = _list.Create("a", 4096);
        bitmap.Bits.Set(4096, 8192);
        bitmap.Bits.Set(65536, 1);
        var iterator = new DirtyBitmapIterator(bitmap);
        Assert.That(iterator.Next(), Is.EqualTo(4096));
        bitmap.Bits.Reset(8192, 4096);
        bitmap.Bits.Set(0, 1);
        bitmap.Bits.Set(32768, 1);
        Assert.That(iterator.Next(), Is.EqualTo(32768));
        Assert.That(iterator.Next(), Is.EqualTo(65536));
        Assert.That(iterator.Next(), Is.EqualTo(-1));
        iterator.Seek(0);
        Assert.That(iterator.Next(), Is.Zero);
        Assert.That(() => iterator.Seek(1), Throws.ArgumentException);
    }
}
