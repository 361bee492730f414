using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Bitmaps;

/// <summary>Commands on bitmaps; every message was recorded from QEMU 7.2.</summary>
public sealed class DirtyBitmapOperationsTests
{
    private const string InUse = "Bitmap 'a' is currently in use by another operation and cannot be used";

    private FakeOwner _owner = null!;
    private DirtyBitmapList _list = null!;

    [SetUp]
    public void MakeList()
    {
        _owner = new FakeOwner { Stored = ["a"] };
        _list = new DirtyBitmapList(_owner);
    }

    [Test]
    public async Task An_added_bitmap_is_as_asked_for()
    {
        (await DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition("a"))).Commit();
        (await DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition("b", 1L << 31, Persistent: true, Disabled: true))).Commit();
        DirtyBitmap a = _list.Get("a"), b = _list.Get("b");
        Assert.That((a.Granularity, a.IsRecording, a.IsPersistent), Is.EqualTo((65536L, true, false)));
        Assert.That((b.Granularity, b.IsRecording, b.IsPersistent), Is.EqualTo((1L << 31, false, true)));
    }

    [TestCase("", null, "Bitmap name cannot be empty")]
    [TestCase("x", 256L, "Granularity must be power of 2 and at least 512")]
    [TestCase("x", 0L, "Granularity must be power of 2 and at least 512")]
    [TestCase("x", 513L, "Granularity must be power of 2 and at least 512")]
    [TestCase("taken", null, "Bitmap already exists: taken")]
    public void What_cannot_be_added_is_refused(string name, long? granularity, string message)
    {
        _list.Create("taken", 512);
        AssertFails(() => DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition(name, granularity)).AsTask(), message);
        Assert.That(_list.Count, Is.EqualTo(1));
    }

    [TestCase(1023, 'L', true)]
    [TestCase(1024, 'L', false)]
    [TestCase(511, '\u00e9', true)]
    [TestCase(512, '\u00e9', false)]
    public async Task A_name_has_at_most_1023_bytes(int length, char letter, bool accepted)
    {
        string name = new(letter, length);
        if (accepted)
        {
            (await DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition(name))).Commit();
            Assert.That(_list.Find(name), Is.Not.Null);
        }
        else
        {
            AssertFails(() => DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition(name)).AsTask(), "Bitmap name too long: " + name);
        }
    }

    [Test]
    public void Persistence_needs_a_format_that_stores_bitmaps()
    {
        var list = new DirtyBitmapList(new FakeOwner());
        list.Create("a", 512);
        var addition = new DirtyBitmapAddition("a", Persistent: true);
        AssertFails(
            () => DirtyBitmapOperations.AddAsync(list, addition).AsTask(),
            "Can't store persistent bitmaps to n: Operation not supported");
        AssertFails(
            () => DirtyBitmapOperations.AddAsync(list, addition with { Granularity = 3 }).AsTask(),
            "Granularity must be power of 2 and at least 512");
        _owner.StoreError = "no room";
        AssertFails(() => DirtyBitmapOperations.AddAsync(_list, addition).AsTask(), "no room");
    }

    [Test]
    public async Task An_addition_is_taken_back_by_removing()
    {
        DirtyBitmapChange change = await DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition("a"));
        change.Abort();
        Assert.That(_list.Count, Is.Zero);
        Assert.That(change.Commit, Throws.InvalidOperationException);
    }

    [Test]
    public async Task Removing_a_stored_bitmap_removes_the_stored_copy()
    {
        _list.Create("a", 512).IsPersistent = true;
        await DirtyBitmapOperations.RemoveAsync(_list, "a");
        Assert.That(_owner.Stored, Is.Empty);
        Assert.That(_list.Count, Is.Zero);
    }

    [Test]
    public void A_bitmap_stays_when_its_stored_copy_cannot_be_removed()
    {
        DirtyBitmap bitmap = _list.Create("a", 512);
        bitmap.IsPersistent = true;
        _owner.StoreError = "no";
        AssertFails(() => DirtyBitmapOperations.RemoveAsync(_list, "a").AsTask(), "no");
        Assert.That(_list.Find("a"), Is.SameAs(bitmap));
        Assert.That(bitmap.IsBusy, Is.False);
    }

    [Test]
    public void A_bitmap_under_removal_is_busy_and_its_name_taken()
    {
        DirtyBitmap bitmap = _list.Create("a", 512);
        DirtyBitmapChange removal = DirtyBitmapOperations.Remove(_list, "a");
        AssertFails(() => DirtyBitmapOperations.Clear(_list, "a"), InUse);
        AssertFails(() => DirtyBitmapOperations.Remove(_list, "a"), InUse);
        AssertFails(() => DirtyBitmapOperations.AddAsync(_list, new DirtyBitmapAddition("a")).AsTask(), "Bitmap already exists: a");
        Assert.That(bitmap.SkipStore);
        removal.Abort();
        Assert.That(bitmap.SkipStore || bitmap.IsBusy, Is.False);
        DirtyBitmapOperations.Remove(_list, "a").Commit();
        Assert.That(_list.Count, Is.Zero);
    }

    [Test]
    public void Clearing_is_taken_back_by_restoring()
    {
        DirtyBitmap bitmap = _list.Create("a", 512);
        bitmap.Bits.Set(1000, 1000);
        DirtyBitmapChange change = DirtyBitmapOperations.Clear(_list, "a");
        Assert.That(bitmap.Count, Is.Zero);
        change.Abort();
        Assert.That(bitmap.Count, Is.EqualTo(1536));
        DirtyBitmapOperations.Clear(_list, "a").Commit();
        Assert.That(bitmap.Count, Is.Zero);
    }

    [Test]
    public void Switching_twice_is_taken_back_in_reverse_order()
    {
        DirtyBitmap bitmap = _list.Create("a", 512);
        DirtyBitmapChange disable = DirtyBitmapOperations.Disable(_list, "a");
        DirtyBitmapChange again = DirtyBitmapOperations.Disable(_list, "a");
        again.Abort();
        Assert.That(bitmap.IsRecording, Is.False);
        disable.Abort();
        Assert.That(bitmap.IsRecording);
        DirtyBitmapOperations.Disable(_list, "a").Commit();
        DirtyBitmapOperations.Enable(_list, "a").Commit();
        Assert.That(bitmap.IsRecording);
    }

    [Test]
    public void A_read_only_bitmap_can_be_switched_and_merged_from_and_nothing_else()
    {
        const string readOnly = "Bitmap 'a' is readonly and cannot be modified";
        DirtyBitmap bitmap = _list.Create("a", 512), other = _list.Create("b", 512);
        bitmap.IsReadOnly = true;
        AssertFails(() => DirtyBitmapOperations.Clear(_list, "a"), readOnly);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", [other]), readOnly);
        AssertFails(() => DirtyBitmapOperations.RemoveAsync(_list, "a").AsTask(), readOnly);
        Assert.That(() => DirtyBitmapOperations.Disable(_list, "a"), Throws.Nothing);
        Assert.That(() => DirtyBitmapOperations.Enable(_list, "a"), Throws.Nothing);
        Assert.That(() => DirtyBitmapOperations.Merge(_list, "b", [bitmap]), Throws.Nothing);
    }

    [Test]
    public async Task An_inconsistent_bitmap_can_only_be_removed()
    {
        const string inconsistent = "Bitmap 'a' is inconsistent and cannot be used";
        DirtyBitmap bitmap = _list.Create("a", 512), other = _list.Create("b", 512);
        bitmap.MarkInconsistent();
        AssertFails(() => DirtyBitmapOperations.Clear(_list, "a"), inconsistent);
        AssertFails(() => DirtyBitmapOperations.Enable(_list, "a"), inconsistent);
        AssertFails(() => DirtyBitmapOperations.Disable(_list, "a"), inconsistent);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", [other]), inconsistent);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "b", [bitmap]), inconsistent);
        await DirtyBitmapOperations.RemoveAsync(_list, "a");
        Assert.That(_list.Find("a"), Is.Null);
    }

    [Test]
    public void Unknown_names_are_reported()
    {
        const string missing = "Dirty bitmap 'nope' not found";
        AssertFails(() => DirtyBitmapOperations.Clear(_list, "nope"), missing);
        AssertFails(() => DirtyBitmapOperations.Enable(_list, "nope"), missing);
        AssertFails(() => DirtyBitmapOperations.Remove(_list, "nope"), missing);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "nope", []), missing);
    }

    [Test]
    public void Merging_joins_all_sources_and_is_taken_back_whole()
    {
        DirtyBitmap target = _list.Create("a", 512), fine = _list.Create("b", 512), coarse = _list.Create("c", 65536);
        target.Bits.Set(0, 1);
        fine.Bits.Set(1024, 1);
        coarse.Bits.Set(65536, 1);
        DirtyBitmapChange change = DirtyBitmapOperations.Merge(_list, "a", [fine, coarse, target]);
        Assert.That(target.Count, Is.EqualTo(1024 + 65536));
        change.Abort();
        Assert.That(target.Count, Is.EqualTo(512));
        DirtyBitmapOperations.Merge(_list, "a", []).Abort();
        Assert.That(target.Count, Is.EqualTo(512));
    }

    [Test]
    public void Nothing_is_merged_when_a_later_source_cannot_be()
    {
        DirtyBitmap target = _list.Create("a", 512), good = _list.Create("b", 512);
        good.Bits.Set(0, 1 << 20);
        DirtyBitmap foreign = new DirtyBitmapList(new FakeOwner(2048)).Create("z", 65536);
        AssertFails(
            () => DirtyBitmapOperations.Merge(_list, "a", [good, foreign]),
            "Bitmaps are of different sizes (destination size is 1048576, source size is 2048) and can't be merged");
        Assert.That(target.Count, Is.Zero);
    }

    [Test]
    public void The_first_fault_of_a_merge_is_reported()
    {
        DirtyBitmap target = _list.Create("a", 512), other = _list.Create("b", 512);
        IEnumerable<DirtyBitmap> goodThenMissing = new[] { "b", "nope" }.Select(_list.Get);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", goodThenMissing), "Dirty bitmap 'nope' not found");
        target.IsBusy = true;
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", goodThenMissing), InUse);
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", new[] { "nope" }.Select(_list.Get)), "Dirty bitmap 'nope' not found");
        other.MarkInconsistent();
        AssertFails(() => DirtyBitmapOperations.Merge(_list, "a", [other]), InUse);
    }

    private static void AssertFails(Func<object?> action, string message)
        => Assert.That(() => action(), Throws.InstanceOf<QmpException>().With.Message.EqualTo(message));

    private static void AssertFails(Func<Task> action, string message)
        => Assert.That(async () => await action(), Throws.InstanceOf<QmpException>().With.Message.EqualTo(message));
}
