using System.Numerics;

namespace QmpHost.Block.Bitmaps;

/// <summary>
/// One bit per granule of a disk, in a sparse tree of 64-way nodes: searching takes a step per level whatever the
/// size of the disk, an entirely clean or dirty region takes no memory, and setting, clearing or counting
/// everything is immediate. All offsets and lengths are bytes. Not thread-safe: used on the host's event loop.
/// </summary>
public sealed class HierarchicalBitmap
{
    // The tree's capacity grows by factors of 64 and has to stay within a long.
    private const long MaxBits = 1L << 60;

    private readonly int _granuleShift;
    private BitNode _root;
    private long _bits;

    /// <summary>Makes a clean bitmap.</summary>
    /// <param name="size">Size of the disk; need not be a multiple of the granularity.</param>
    /// <param name="granularity">Bytes for each bit: a power of two.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative or has more than 2^60 granules, or the granularity is no power of two.</exception>
    public HierarchicalBitmap(long size, long granularity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (granularity <= 0 || !BitOperations.IsPow2(granularity))
        {
            throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Must be a power of two.");
        }

        Size = size;
        Granularity = granularity;
        _granuleShift = BitOperations.Log2((ulong)granularity);
        _bits = BitsFor(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_bits, MaxBits, nameof(size));
        _root = NewRoot(_bits);
    }

    private HierarchicalBitmap(HierarchicalBitmap other, BitNode root)
    {
        Size = other.Size;
        Granularity = other.Granularity;
        _granuleShift = other._granuleShift;
        _bits = other._bits;
        _root = root;
    }

    /// <summary>Size of the disk.</summary>
    public long Size { get; private set; }

    /// <summary>Bytes that each bit stands for.</summary>
    public long Granularity { get; }

    /// <summary>Dirty bytes in whole granules: a dirty granule at the end of the disk counts in full.</summary>
    public long Count => _root.Count << _granuleShift;

    /// <summary>True when nothing is dirty.</summary>
    public bool IsEmpty => _root.Count == 0;

    internal long BitCount => _bits;

    internal BitNode Root => _root;

    /// <summary>Marks every granule that the range touches.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the disk.</exception>
    public void Set(long offset, long bytes)
    {
        CheckRange(offset, bytes);
        if (bytes > 0)
        {
            _root.Fill(offset >> _granuleShift, (offset + bytes - 1) >> _granuleShift);
        }
    }

    /// <summary>Marks the whole disk.</summary>
    public void SetAll() => Set(0, Size);

    /// <summary>Cleans a range that starts on a granule and ends on one or at the end of the disk.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the disk.</exception>
    /// <exception cref="ArgumentException">The range covers a granule in part.</exception>
    public void Reset(long offset, long bytes)
    {
        CheckRange(offset, bytes);
        long mask = Granularity - 1;
        if ((offset & mask) != 0 || ((bytes & mask) != 0 && offset + bytes != Size))
        {
            throw new ArgumentException("The range covers a granule in part.");
        }

        if (bytes > 0)
        {
            _root.Clear(offset >> _granuleShift, (offset + bytes - 1) >> _granuleShift);
        }
    }

    /// <summary>Cleans the whole bitmap.</summary>
    public void ResetAll() => _root = NewRoot(_bits);

    /// <summary>Cleans the whole bitmap and returns what it held, without copying.</summary>
    public HierarchicalBitmap TakeAndReset()
    {
        var taken = new HierarchicalBitmap(this, _root);
        ResetAll();
        return taken;
    }

    /// <summary>Makes an independent copy.</summary>
    public HierarchicalBitmap Clone() => new(this, _root.Clone());

    /// <summary>Tells whether the granule that holds the byte is dirty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The byte is not within the disk.</exception>
    public bool Get(long offset)
    {
        CheckRange(offset, 1);
        return _root.Get(offset >> _granuleShift);
    }

    /// <summary>The first dirty byte of the range, or -1. The range may pass the end of the disk.</summary>
    public long NextDirty(long offset, long bytes = long.MaxValue)
    {
        long end = EndOf(offset, bytes);
        if (offset >= end)
        {
            return -1;
        }

        long bit = _root.NextSet(offset >> _granuleShift);
        long found = bit < 0 ? end : Math.Max(offset, bit << _granuleShift);
        return found < end ? found : -1;
    }

    /// <summary>The first clean byte of the range, or -1. The range may pass the end of the disk.</summary>
    public long NextZero(long offset, long bytes = long.MaxValue)
    {
        long end = EndOf(offset, bytes);
        if (offset >= end)
        {
            return -1;
        }

        long bit = _root.NextClear(offset >> _granuleShift);
        long found = bit < 0 || bit >= _bits ? end : Math.Max(offset, bit << _granuleShift);
        return found < end ? found : -1;
    }

    /// <summary>Finds the first dirty area of a range; the area is cut to the range, the disk and a maximum length.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where to stop; may lie beyond the disk.</param>
    /// <param name="maxBytes">Greatest length of the area.</param>
    /// <param name="area">The area found.</param>
    /// <returns>False when the range is clean.</returns>
    public bool TryNextDirtyArea(long start, long end, long maxBytes, out DirtyArea area)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        area = default;
        end = Math.Min(end, Size);
        long dirty = start < end ? NextDirty(start, end - start) : -1;
        if (dirty < 0)
        {
            return false;
        }

        long length = Math.Min(end - dirty, maxBytes);
        long zero = NextZero(dirty, length);
        area = new DirtyArea(dirty, zero < 0 ? length : zero - dirty);
        return true;
    }

    /// <summary>Tells whether the range begins dirty, and for how many bytes that holds (at most the range).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or not within the disk.</exception>
    public bool Status(long offset, long bytes, out long run)
    {
        CheckRange(offset, bytes);
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        bool dirty = Get(offset);
        long change = dirty ? NextZero(offset, bytes) : NextDirty(offset, bytes);
        run = change < 0 ? bytes : change - offset;
        return dirty;
    }

    /// <summary>Marks everything that is dirty in another bitmap of a disk of the same size; granularities may differ.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void Merge(HierarchicalBitmap source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Size != Size)
        {
            throw new ArgumentException("The bitmaps are of different sizes.", nameof(source));
        }

        if (ReferenceEquals(source, this))
        {
            return;
        }

        if (source.Granularity == Granularity && source._root.CapacityBits == _root.CapacityBits)
        {
            _root.Or(source._root);
            return;
        }

        for (long at = 0; source.TryNextDirtyArea(at, Size, long.MaxValue, out DirtyArea area); at = area.End)
        {
            Set(area.Offset, area.Bytes);
        }
    }

    /// <summary>Follows a resize of the disk: new space is clean, what lies beyond a new end is forgotten.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative or has more than 2^60 granules.</exception>
    public void Truncate(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        long bits = BitsFor(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MaxBits, nameof(size));
        if (bits < _bits)
        {
            _root.Clear(bits, _bits - 1);
        }

        while (_root.Capacity < bits)
        {
            _root = new BitBranch(_root);
        }

        Size = size;
        _bits = bits;
    }

    private static BitNode NewRoot(long bits)
    {
        int capacityBits = BitLeaf.LeafBits;
        while (1L << capacityBits < bits)
        {
            capacityBits += BitNode.SlotBits;
        }

        return capacityBits == BitLeaf.LeafBits ? new BitLeaf() : new BitBranch(capacityBits - BitNode.SlotBits);
    }

    private long BitsFor(long size) => (size >> _granuleShift) + ((size & (Granularity - 1)) != 0 ? 1 : 0);

    private long EndOf(long offset, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return bytes > Size - offset ? Size : offset + bytes;
    }

    private void CheckRange(long offset, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Size - offset);
    }
}
