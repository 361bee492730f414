using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.CopyBeforeWrite;

/// <summary>
/// What a copy-before-write filter knows of the snapshot that it keeps: which areas may be read (access), and which
/// of them lie in the target since the guest was about to write them (done). Both are listed with the filter.
/// </summary>
internal sealed class SnapshotBitmaps
{
    private readonly DirtyBitmapList _list;
    private readonly DirtyBitmap _done;
    private readonly DirtyBitmap _access;

    /// <param name="filter">The filter, whose length is known already.</param>
    /// <param name="copy">What is to be copied, hence what may be read.</param>
    public SnapshotBitmaps(BlockNode filter, DirtyBitmap copy)
    {
        _list = filter.Bitmaps;
        _done = CreateDisabled(_list, copy.Granularity);
        _access = CreateDisabled(_list, copy.Granularity);
        _access.Bits.Merge(copy.Bits);
    }

    private long Granularity => _done.Granularity;

    /// <summary>Makes a bitmap for internal use: without a name, not recording.</summary>
    public static DirtyBitmap CreateDisabled(DirtyBitmapList list, long granularity)
    {
        DirtyBitmap bitmap = list.CreateAnonymous(granularity);
        bitmap.IsEnabled = false;
        return bitmap;
    }

    /// <summary>Whether every byte of an area may be read.</summary>
    public bool MayAccess(long offset, long bytes)
        => offset >= 0 && bytes <= _access.Size - offset && _access.Bits.NextZero(offset, bytes) < 0;

    /// <summary>Whether the beginning of an area lies in the target, and for how many bytes that holds.</summary>
    public bool IsDone(long offset, long bytes, out long run) => _done.Bits.Status(offset, bytes, out run);

    /// <summary>Notes that an area lies in the target, or needs no copy.</summary>
    public void MarkDone(long offset, long bytes) => _done.Bits.Set(offset, Math.Min(bytes, _done.Size - offset));

    /// <summary>Gives up the whole clusters of an area.</summary>
    /// <returns>The clusters' area; empty if the area covers none.</returns>
    public (long Offset, long Bytes) Forget(long offset, long bytes)
    {
        long start = Alignment.Up(offset, Granularity);
        long end = offset + bytes >= _access.Size ? _access.Size : Alignment.Down(offset + bytes, Granularity);
        if (start >= end)
        {
            return (offset, 0);
        }

        _access.Bits.Reset(start, end - start);
        return (start, end - start);
    }

    /// <summary>Takes the bitmaps off the filter.</summary>
    public void Release()
    {
        _list.Release(_access);
        _list.Release(_done);
    }
}
