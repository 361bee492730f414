namespace QmpHost.Block.Bitmaps;

/// <summary>
/// Walks over the dirty granules of a bitmap in ascending order. It looks at the bitmap as it is at each step:
/// granules that were dirtied or cleaned ahead of it meanwhile are seen so.
/// </summary>
public sealed class DirtyBitmapIterator
{
    private readonly DirtyBitmap _bitmap;
    private long _position;

    /// <summary>Starts at the beginning of the disk.</summary>
    /// <param name="bitmap">The bitmap.</param>
    public DirtyBitmapIterator(DirtyBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        _bitmap = bitmap;
    }

    /// <summary>The start of the next dirty granule in bytes, or -1 at the end.</summary>
    public long Next()
    {
        long found = _bitmap.Bits.NextDirty(_position);
        if (found < 0)
        {
            return -1;
        }

        found &= -_bitmap.Granularity;
        _position = found + _bitmap.Granularity;
        return found;
    }

    /// <summary>Continues at another place, a multiple of the granularity.</summary>
    /// <exception cref="ArgumentException">The offset is negative or no such multiple.</exception>
    public void Seek(long offset)
    {
        if (offset < 0 || (offset & (_bitmap.Granularity - 1)) != 0)
        {
            throw new ArgumentException("Must be a multiple of the granularity.", nameof(offset));
        }

        _position = offset;
    }
}
