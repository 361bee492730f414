namespace QmpHost.Block.Bitmaps;

/// <summary>
/// A node of the bit tree: 64 slots, each a word of bits (leaf) or a subtree (branch).
/// A slot that is entirely clear or entirely set is told by the masks alone, so it needs no memory below.
/// </summary>
internal abstract class BitNode
{
    /// <summary>Number of slots of every node; one bit of each mask per slot.</summary>
    internal const int SlotBits = 6;

    /// <summary>Set bits below this node.</summary>
    internal long Count;

    /// <summary>Slots that hold at least one set bit.</summary>
    internal ulong Occupied;

    /// <summary>Slots that hold at least one clear bit.</summary>
    internal ulong Open = ulong.MaxValue;

    /// <summary>log2 of the number of bits below this node.</summary>
    internal abstract int CapacityBits { get; }

    internal long Capacity => 1L << CapacityBits;

    internal bool IsFull => Open == 0;

    internal bool IsEmpty => Occupied == 0;

    /// <summary>Sets every bit from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    internal abstract void Fill(long first, long last);

    /// <summary>Clears every bit from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    internal abstract void Clear(long first, long last);

    internal abstract bool Get(long bit);

    /// <summary>First set bit at or after <paramref name="from"/>, or -1.</summary>
    internal abstract long NextSet(long from);

    /// <summary>First clear bit at or after <paramref name="from"/>, or -1.</summary>
    internal abstract long NextClear(long from);

    /// <summary>Adds the bits of a node of the same capacity; <paramref name="other"/> is not changed or shared.</summary>
    internal abstract void Or(BitNode other);

    internal abstract BitNode Clone();

    /// <summary>Copies whole words, the first of which begins at <paramref name="firstWord"/>.</summary>
    internal abstract void CopyTo(Span<ulong> destination, long firstWord);

    /// <summary>Replaces whole words, the first of which begins at <paramref name="firstWord"/>.</summary>
    internal abstract void Load(ReadOnlySpan<ulong> source, long firstWord);

    /// <summary>Makes every bit of the node set.</summary>
    internal void FillAll() => Fill(0, Capacity - 1);

    /// <summary>The slots after <paramref name="slot"/>.</summary>
    private protected static ulong After(int slot) => slot == 63 ? 0 : ulong.MaxValue << (slot + 1);
}
