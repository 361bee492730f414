using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Compression;

/// <summary>The symbols of a block of deflated data, which are written in the shortest of the three forms that there are.</summary>
/// <param name="capacity">How many symbols fill it.</param>
internal sealed class DeflateBlock(int capacity)
{
    private const int MaxCodeLength = 15;
    private const int RepeatPrevious = 16;
    private const int RepeatZeroShort = 17;
    private const int RepeatZeroLong = 18;

    private static readonly HuffmanTree FixedLiterals = HuffmanTree.FromLengths(
        [.. Enumerable.Range(0, 288).Select(static i => (byte)(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))], MaxCodeLength);

    private static readonly HuffmanTree FixedDistances = HuffmanTree.FromLengths([.. Enumerable.Repeat((byte)5, DeflateCodes.DistanceSymbols)], MaxCodeLength);

    private readonly HuffmanTree _literals = new(DeflateCodes.LiteralSymbols, MaxCodeLength, FixedLiterals);
    private readonly HuffmanTree _distances = new(DeflateCodes.DistanceSymbols, MaxCodeLength, FixedDistances);
    private readonly HuffmanTree _codeLengths = new(DeflateCodes.CodeLengthSymbols, 7, null);
    private readonly ushort[] _distanceOf = new ushort[capacity];
    private readonly byte[] _literalOf = new byte[capacity];
    private int _count;

    /// <summary>Whether no further symbol fits.</summary>
    public bool IsFull => _count == capacity;

    /// <summary>Begins a block.</summary>
    public void Clear()
    {
        _count = 0;
        _literals.Clear();
        _distances.Clear();
        _codeLengths.Clear();
        _literals.Count(DeflateCodes.EndOfBlock);
    }

    /// <summary>Adds a byte.</summary>
    public void AddLiteral(byte literal)
    {
        _distanceOf[_count] = 0;
        _literalOf[_count++] = literal;
        _literals.Count(literal);
    }

    /// <summary>Adds a match.</summary>
    /// <param name="distance">How far back it lies, from 1.</param>
    /// <param name="length">How long it is.</param>
    public void AddMatch(int distance, int length)
    {
        _distanceOf[_count] = (ushort)distance;
        _literalOf[_count++] = (byte)(length - DeflateCodes.MinMatch);
        _literals.Count(DeflateCodes.EndOfBlock + 1 + DeflateCodes.LengthSymbol(length - DeflateCodes.MinMatch));
        _distances.Count(DeflateCodes.DistanceSymbol(distance - 1));
    }

    /// <summary>Writes the block.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="stored">The bytes that the symbols stand for, or nothing where they are not at hand.</param>
    /// <param name="length">How many they are.</param>
    /// <param name="isLast">Whether no block follows.</param>
    public void Write(BitWriter output, ReadOnlySpan<byte> stored, int length, bool isLast)
    {
        _literals.Build();
        _distances.Build();
        int lengthCodes = BuildCodeLengths();
        int extra = ExtraBits();
        int dynamicBits = _literals.OptimalBits + _distances.OptimalBits + _codeLengths.OptimalBits + ExtraBitsOfCodeLengths() + extra
            + (3 * lengthCodes) + 5 + 5 + 4;
        int dynamicBytes = (dynamicBits + 3 + 7) >> 3;
        int fixedBytes = (_literals.FixedBits + _distances.FixedBits + extra + 3 + 7) >> 3;
        if (length + 4 <= Math.Min(dynamicBytes, fixedBytes) && stored.Length == length)
        {
            WriteStored(output, stored, isLast);
        }
        else if (fixedBytes <= dynamicBytes)
        {
            output.Write((1 << 1) | (isLast ? 1 : 0), 3);
            WriteSymbols(output, FixedLiterals, FixedDistances);
        }
        else
        {
            output.Write((2 << 1) | (isLast ? 1 : 0), 3);
            WriteTrees(output, lengthCodes);
            WriteSymbols(output, _literals, _distances);
        }

        if (isLast)
        {
            output.Align();
        }
    }

    private int ExtraBits()
    {
        int bits = 0;
        for (int symbol = 0; symbol < DeflateCodes.LengthExtraBits.Length; symbol++)
        {
            bits += _literals.FrequencyOf(DeflateCodes.EndOfBlock + 1 + symbol) * DeflateCodes.LengthExtraBits[symbol];
        }

        // What a tree counts to have two codes is among the first symbols, which have no extra bits.
        for (int symbol = 0; symbol < DeflateCodes.DistanceSymbols; symbol++)
        {
            bits += _distances.FrequencyOf(symbol) * DeflateCodes.DistanceExtraBits[symbol];
        }

        return bits;
    }

    private int ExtraBitsOfCodeLengths()
    {
        int bits = 0;
        for (int symbol = RepeatPrevious; symbol <= RepeatZeroLong; symbol++)
        {
            bits += _codeLengths.FrequencyOf(symbol) * DeflateCodes.CodeLengthExtraBits[symbol];
        }

        return bits;
    }

    private static void WriteStored(BitWriter output, ReadOnlySpan<byte> stored, bool isLast)
    {
        output.Write(isLast ? 1 : 0, 3);
        output.Align();
        Span<byte> lengths = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(lengths, (ushort)stored.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(lengths[2..], (ushort)~stored.Length);
        output.Write(lengths);
        output.Write(stored);
    }

    private void WriteSymbols(BitWriter output, HuffmanTree literals, HuffmanTree distances)
    {
        for (int i = 0; i < _count; i++)
        {
            int value = _literalOf[i];
            int distance = _distanceOf[i];
            if (distance == 0)
            {
                literals.Write(output, value);
                continue;
            }

            int symbol = DeflateCodes.LengthSymbol(value);
            literals.Write(output, DeflateCodes.EndOfBlock + 1 + symbol);
            output.Write(value - DeflateCodes.LengthBases[symbol], DeflateCodes.LengthExtraBits[symbol]);
            distance--;
            symbol = DeflateCodes.DistanceSymbol(distance);
            distances.Write(output, symbol);
            output.Write(distance - DeflateCodes.DistanceBases[symbol], DeflateCodes.DistanceExtraBits[symbol]);
        }

        literals.Write(output, DeflateCodes.EndOfBlock);
    }

    /// <summary>Finds the code of the code lengths of both trees.</summary>
    /// <returns>How many of its own lengths are written.</returns>
    private int BuildCodeLengths()
    {
        ForEachRun(_literals, (symbol, times, _) => _codeLengths.Count(symbol, times));
        ForEachRun(_distances, (symbol, times, _) => _codeLengths.Count(symbol, times));
        _codeLengths.Build();
        int count = DeflateCodes.CodeLengthSymbols;
        while (count > 4 && _codeLengths.LengthOf(DeflateCodes.CodeLengthOrder[count - 1]) == 0)
        {
            count--;
        }

        return count;
    }

    private void WriteTrees(BitWriter output, int lengthCodes)
    {
        output.Write(_literals.Last + 1 - 257, 5);
        output.Write(_distances.Last + 1 - 1, 5);
        output.Write(lengthCodes - 4, 4);
        for (int i = 0; i < lengthCodes; i++)
        {
            output.Write(_codeLengths.LengthOf(DeflateCodes.CodeLengthOrder[i]), 3);
        }

        ForEachRun(_literals, WriteRun);
        ForEachRun(_distances, WriteRun);

        void WriteRun(int symbol, int times, int repeat)
        {
            for (int i = 0; i < times; i++)
            {
                _codeLengths.Write(output, symbol);
            }

            output.Write(repeat, DeflateCodes.CodeLengthExtraBits[symbol]);
        }
    }

    /// <summary>Goes through the code lengths of a tree in the symbols in which they are written.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="take">Given each symbol, how often it is written, and the value of its extra bits.</param>
    private static void ForEachRun(HuffmanTree tree, Action<int, int, int> take)
    {
        int previous = -1;
        int next = tree.LengthOf(0);
        (int longest, int shortest) = next == 0 ? (138, 3) : (7, 4);
        int count = 0;
        for (int symbol = 0; symbol <= tree.Last; symbol++)
        {
            int current = next;
            next = symbol == tree.Last ? -1 : tree.LengthOf(symbol + 1);
            if (++count < longest && current == next)
            {
                continue;
            }

            TakeRun(current, count, shortest, current != previous, take);
            count = 0;
            previous = current;
            (longest, shortest) = next == 0 ? (138, 3) : current == next ? (6, 3) : (7, 4);
        }
    }

    private static void TakeRun(int length, int count, int shortest, bool isNew, Action<int, int, int> take)
    {
        if (count < shortest)
        {
            take(length, count, 0);
        }
        else if (length == 0)
        {
            take(count <= 10 ? RepeatZeroShort : RepeatZeroLong, 1, count - (count <= 10 ? 3 : 11));
        }
        else
        {
            if (isNew)
            {
                take(length, 1, 0);
            }

            take(RepeatPrevious, 1, count - (isNew ? 1 : 0) - 3);
        }
    }
}
