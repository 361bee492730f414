using System.Numerics;
using System.Runtime.CompilerServices;

namespace QmpHost.Block.Bitmaps;

/// <summary>The lowest level of the bit tree: 64 words, 4096 bits.</summary>
internal sealed class BitLeaf : BitNode
{
    internal const int LeafBits = 12;

    private WordBlock _words;

    internal override int CapacityBits => LeafBits;

    internal override void Fill(long first, long last)
    {
        int firstWord = (int)(first >> 6), lastWord = (int)(last >> 6);
        for (int word = firstWord; word <= lastWord; word++)
        {
            Store(word, _words[word] | Mask(word, firstWord, lastWord, first, last));
        }
    }

    internal override void Clear(long first, long last)
    {
        int firstWord = (int)(first >> 6), lastWord = (int)(last >> 6);
        for (int word = firstWord; word <= lastWord; word++)
        {
            Store(word, _words[word] & ~Mask(word, firstWord, lastWord, first, last));
        }
    }

    internal override bool Get(long bit) => (_words[(int)(bit >> 6)] >> (int)(bit & 63) & 1) != 0;

    internal override long NextSet(long from)
    {
        int word = (int)(from >> 6);
        ulong rest = _words[word] & (ulong.MaxValue << (int)(from & 63));
        if (rest == 0)
        {
            ulong later = Occupied & After(word);
            if (later == 0)
            {
                return -1;
            }

            word = BitOperations.TrailingZeroCount(later);
            rest = _words[word];
        }

        return (long)word << 6 | (uint)BitOperations.TrailingZeroCount(rest);
    }

    internal override long NextClear(long from)
    {
        int word = (int)(from >> 6);
        ulong rest = ~_words[word] & (ulong.MaxValue << (int)(from & 63));
        if (rest == 0)
        {
            ulong later = Open & After(word);
            if (later == 0)
            {
                return -1;
            }

            word = BitOperations.TrailingZeroCount(later);
            rest = ~_words[word];
        }

        return (long)word << 6 | (uint)BitOperations.TrailingZeroCount(rest);
    }

    internal override void Or(BitNode other)
    {
        var leaf = (BitLeaf)other;
        for (ulong rest = leaf.Occupied; rest != 0; rest &= rest - 1)
        {
            int word = BitOperations.TrailingZeroCount(rest);
            Store(word, _words[word] | leaf._words[word]);
        }
    }

    internal override BitNode Clone() => (BitLeaf)MemberwiseClone();

    internal override void CopyTo(Span<ulong> destination, long firstWord)
        => ((ReadOnlySpan<ulong>)_words).Slice((int)firstWord, destination.Length).CopyTo(destination);

    internal override void Load(ReadOnlySpan<ulong> source, long firstWord)
    {
        for (int i = 0; i < source.Length; i++)
        {
            Store((int)firstWord + i, source[i]);
        }
    }

    private static ulong Mask(int word, int firstWord, int lastWord, long first, long last)
    {
        ulong mask = ulong.MaxValue;
        if (word == firstWord)
        {
            mask <<= (int)(first & 63);
        }

        if (word == lastWord)
        {
            mask &= ulong.MaxValue >> (63 - (int)(last & 63));
        }

        return mask;
    }

    private void Store(int word, ulong value)
    {
        ulong old = _words[word];
        if (old == value)
        {
            return;
        }

        _words[word] = value;
        Count += BitOperations.PopCount(value) - BitOperations.PopCount(old);
        ulong slot = 1UL << word;
        Occupied = value == 0 ? Occupied & ~slot : Occupied | slot;
        Open = value == ulong.MaxValue ? Open & ~slot : Open | slot;
    }

    [InlineArray(64)]
    private struct WordBlock
    {
        private ulong _first;
    }
}
