using QmpHost.Block.Bitmaps;

namespace QmpHost.Block.Tests.Bitmaps;

/// <summary>The naive bitmap that the real one is compared with: one bool per granule.</summary>
internal sealed class BitmapModel(long size, long granularity)
{
    private bool[] _granules = new bool[(size + granularity - 1) / granularity];

    internal long Size { get; private set; } = size;

    internal void Set(long offset, long bytes)
    {
        Fill(offset, bytes, true);
    }

    internal void Reset(long offset, long bytes)
    {
        Fill(offset, bytes, false);
    }

    internal void Truncate(long newSize)
    {
        Array.Resize(ref _granules, (int)((newSize + granularity - 1) / granularity));
        Size = newSize;
    }

    internal bool Get(long offset) => _granules[offset / granularity];

    internal long Count => _granules.Count(g => g) * granularity;

    internal long Next(bool value, long offset, long end)
    {
        end = Math.Min(end, Size);
        for (long at = offset; at < end; at = (at / granularity + 1) * granularity)
        {
            if (Get(at) == value)
            {
                return at;
            }
        }

        return -1;
    }

    internal DirtyArea? NextArea(long start, long end, long max)
    {
        long dirty = Next(true, start, end);
        if (dirty < 0)
        {
            return null;
        }

        long stop = Math.Min(Math.Min(end, Size), dirty + Math.Min(max, Size));
        long zero = Next(false, dirty, stop);
        return new DirtyArea(dirty, (zero < 0 ? stop : zero) - dirty);
    }

    private void Fill(long offset, long bytes, bool value)
    {
        for (long i = offset / granularity; bytes > 0 && i <= (offset + bytes - 1) / granularity; i++)
        {
            _granules[i] = value;
        }
    }

    internal byte[] Flat()
    {
        var bytes = new byte[(_granules.Length + 63) / 64 * 8];
        for (int i = 0; i < _granules.Length; i++)
        {
            bytes[i / 8] |= (byte)(_granules[i] ? 1 << i % 8 : 0);
        }

        return bytes;
    }
}
