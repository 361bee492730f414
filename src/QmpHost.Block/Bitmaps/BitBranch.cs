using System.Numerics;
using System.Runtime.CompilerServices;

namespace QmpHost.Block.Bitmaps;

/// <summary>
/// An inner level of the bit tree. A child exists only for a slot that is partly set:
/// a clear slot has its <see cref="BitNode.Occupied"/> bit off, a full one its <see cref="BitNode.Open"/> bit.
/// </summary>
internal sealed class BitBranch : BitNode
{
    private readonly int _slotShift;
    private ChildBlock _children;

    /// <summary>A branch whose slots each hold 2 to the power of <paramref name="slotShift"/> bits, all clear.</summary>
    internal BitBranch(int slotShift)
    {
        _slotShift = slotShift;
    }

    /// <summary>A branch whose first slot is <paramref name="first"/>, all others clear.</summary>
    internal BitBranch(BitNode first)
        : this(first.CapacityBits)
    {
        Settle(0, first, 0);
    }

    internal override int CapacityBits => _slotShift + SlotBits;

    private long SlotMask => (1L << _slotShift) - 1;

    private long SlotCapacity => 1L << _slotShift;

    internal override void Fill(long first, long last)
    {
        int firstSlot = (int)(first >> _slotShift), lastSlot = (int)(last >> _slotShift);
        for (int slot = firstSlot; slot <= lastSlot; slot++)
        {
            if ((Open >> slot & 1) != 0)
            {
                long low = slot == firstSlot ? first & SlotMask : 0;
                long high = slot == lastSlot ? last & SlotMask : SlotMask;
                FillSlot(slot, low, high);
            }
        }
    }

    internal override void Clear(long first, long last)
    {
        int firstSlot = (int)(first >> _slotShift), lastSlot = (int)(last >> _slotShift);
        for (int slot = firstSlot; slot <= lastSlot; slot++)
        {
            if ((Occupied >> slot & 1) != 0)
            {
                long low = slot == firstSlot ? first & SlotMask : 0;
                long high = slot == lastSlot ? last & SlotMask : SlotMask;
                ClearSlot(slot, low, high);
            }
        }
    }

    internal override bool Get(long bit)
    {
        int slot = (int)(bit >> _slotShift);
        return _children[slot] is { } child ? child.Get(bit & SlotMask) : (Occupied >> slot & 1) != 0;
    }

    internal override long NextSet(long from)
    {
        int slot = (int)(from >> _slotShift);
        if ((Occupied >> slot & 1) != 0)
        {
            if (_children[slot] is not { } child)
            {
                return from;
            }

            long found = child.NextSet(from & SlotMask);
            if (found >= 0)
            {
                return (long)slot << _slotShift | found;
            }
        }

        ulong later = Occupied & After(slot);
        if (later == 0)
        {
            return -1;
        }

        slot = BitOperations.TrailingZeroCount(later);
        return (long)slot << _slotShift | (_children[slot]?.NextSet(0) ?? 0);
    }

    internal override long NextClear(long from)
    {
        int slot = (int)(from >> _slotShift);
        if ((Open >> slot & 1) != 0)
        {
            if (_children[slot] is not { } child)
            {
                return from;
            }

            long found = child.NextClear(from & SlotMask);
            if (found >= 0)
            {
                return (long)slot << _slotShift | found;
            }
        }

        ulong later = Open & After(slot);
        if (later == 0)
        {
            return -1;
        }

        slot = BitOperations.TrailingZeroCount(later);
        return (long)slot << _slotShift | (_children[slot]?.NextClear(0) ?? 0);
    }

    internal override void Or(BitNode other)
    {
        var branch = (BitBranch)other;
        for (ulong rest = branch.Occupied & Open; rest != 0; rest &= rest - 1)
        {
            int slot = BitOperations.TrailingZeroCount(rest);
            BitNode? source = branch._children[slot];
            if (source is null)
            {
                SetUniform(slot, full: true);
            }
            else if (_children[slot] is { } child)
            {
                long before = child.Count;
                child.Or(source);
                Settle(slot, child, before);
            }
            else
            {
                Settle(slot, source.Clone(), 0);
            }
        }
    }

    internal override BitNode Clone()
    {
        var copy = (BitBranch)MemberwiseClone();
        for (ulong rest = Occupied & Open; rest != 0; rest &= rest - 1)
        {
            int slot = BitOperations.TrailingZeroCount(rest);
            copy._children[slot] = _children[slot]!.Clone();
        }

        return copy;
    }

    internal override void CopyTo(Span<ulong> destination, long firstWord)
    {
        for (long word = firstWord; !destination.IsEmpty;)
        {
            int slot = SlotOfWord(word, destination.Length, out long within, out int length);
            Span<ulong> part = destination[..length];
            if (_children[slot] is { } child)
            {
                child.CopyTo(part, within);
            }
            else
            {
                part.Fill((Occupied >> slot & 1) != 0 ? ulong.MaxValue : 0);
            }

            word += length;
            destination = destination[length..];
        }
    }

    internal override void Load(ReadOnlySpan<ulong> source, long firstWord)
    {
        for (long word = firstWord; !source.IsEmpty;)
        {
            int slot = SlotOfWord(word, source.Length, out long within, out int length);
            LoadSlot(slot, source[..length], within);
            word += length;
            source = source[length..];
        }
    }

    private int SlotOfWord(long word, int available, out long within, out int length)
    {
        int wordShift = _slotShift - 6;
        long slotWords = 1L << wordShift;
        within = word & (slotWords - 1);
        length = (int)Math.Min(slotWords - within, available);
        return (int)(word >> wordShift);
    }

    private void LoadSlot(int slot, ReadOnlySpan<ulong> source, long within)
    {
        ulong uniform = source[0];
        if (uniform is 0 or ulong.MaxValue && source.IndexOfAnyExcept(uniform) < 0)
        {
            long low = within << 6;
            long high = low + ((long)source.Length << 6) - 1;
            if (uniform == 0)
            {
                ClearSlot(slot, low, high);
            }
            else
            {
                FillSlot(slot, low, high);
            }

            return;
        }

        BitNode child = Materialise(slot);
        long before = child.Count;
        child.Load(source, within);
        Settle(slot, child, before);
    }

    private void FillSlot(int slot, long low, long high)
    {
        if (low == 0 && high == SlotMask)
        {
            SetUniform(slot, full: true);
        }
        else if ((Open >> slot & 1) != 0)
        {
            BitNode child = Materialise(slot);
            long before = child.Count;
            child.Fill(low, high);
            Settle(slot, child, before);
        }
    }

    private void ClearSlot(int slot, long low, long high)
    {
        if (low == 0 && high == SlotMask)
        {
            SetUniform(slot, full: false);
        }
        else if ((Occupied >> slot & 1) != 0)
        {
            BitNode child = Materialise(slot);
            long before = child.Count;
            child.Clear(low, high);
            Settle(slot, child, before);
        }
    }

    private void SetUniform(int slot, bool full)
    {
        long before = _children[slot]?.Count ?? ((Occupied >> slot & 1) != 0 ? SlotCapacity : 0);
        _children[slot] = null;
        ulong bit = 1UL << slot;
        if (full)
        {
            Count += SlotCapacity - before;
            Occupied |= bit;
            Open &= ~bit;
        }
        else
        {
            Count -= before;
            Occupied &= ~bit;
            Open |= bit;
        }
    }

    /// <summary>The child of a slot; made when the slot was uniform, with that slot's bits.</summary>
    private BitNode Materialise(int slot)
    {
        if (_children[slot] is { } existing)
        {
            return existing;
        }

        BitNode child = _slotShift == BitLeaf.LeafBits ? new BitLeaf() : new BitBranch(_slotShift - SlotBits);
        if ((Occupied >> slot & 1) != 0)
        {
            child.FillAll();
        }

        return child;
    }

    /// <summary>Takes over a changed child: counts it, and drops it when it has become uniform.</summary>
    private void Settle(int slot, BitNode child, long before)
    {
        Count += child.Count - before;
        ulong bit = 1UL << slot;
        Occupied = child.IsEmpty ? Occupied & ~bit : Occupied | bit;
        Open = child.IsFull ? Open & ~bit : Open | bit;
        _children[slot] = child.IsEmpty || child.IsFull ? null : child;
    }

    [InlineArray(64)]
    private struct ChildBlock
    {
        private BitNode? _first;
    }
}
