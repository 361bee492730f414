namespace QmpHost.Block.Drivers.Compression;

/// <summary>
/// Counts symbols and finds a Huffman code for them whose lengths are limited. Where several codes are equally short, it is the
/// one that zlib finds, so that the same data gives the same bytes.
/// </summary>
/// <param name="symbols">How many symbols the alphabet has.</param>
/// <param name="maxLength">The longest code allowed, in bits.</param>
/// <param name="fixedTree">The code of fixed blocks for this alphabet, or null.</param>
internal sealed class HuffmanTree(int symbols, int maxLength, HuffmanTree? fixedTree)
{
    private readonly ushort[] _frequencies = new ushort[(2 * symbols) + 1];
    private readonly ushort[] _parents = new ushort[(2 * symbols) + 1];
    private readonly byte[] _depths = new byte[(2 * symbols) + 1];
    private readonly int[] _heap = new int[(2 * symbols) + 1];
    private readonly ushort[] _codes = new ushort[symbols];
    private readonly byte[] _lengths = new byte[(2 * symbols) + 1];
    private readonly int[] _countOfLength = new int[maxLength + 1];
    private int _heapLength;
    private int _sorted;

    /// <summary>The last symbol that occurs.</summary>
    public int Last { get; private set; }

    /// <summary>Bits of all counted symbols in the code found, without extra bits.</summary>
    public int OptimalBits { get; private set; }

    /// <summary>Bits of all counted symbols in the fixed code, without extra bits.</summary>
    public int FixedBits { get; private set; }

    /// <summary>Makes a tree of given code lengths.</summary>
    public static HuffmanTree FromLengths(ReadOnlySpan<byte> lengths, int maxLength)
    {
        var tree = new HuffmanTree(lengths.Length, maxLength, null) { Last = lengths.Length - 1 };
        lengths.CopyTo(tree._lengths);
        foreach (byte length in lengths)
        {
            tree._countOfLength[length]++;
        }

        tree.AssignCodes();
        return tree;
    }

    /// <summary>The length of a symbol's code in bits, zero where it does not occur.</summary>
    public int LengthOf(int symbol) => _lengths[symbol];

    /// <summary>Forgets what was counted.</summary>
    public void Clear() => _frequencies.AsSpan(0, symbols).Clear();

    /// <summary>Counts symbols.</summary>
    public void Count(int symbol, int times = 1) => _frequencies[symbol] += (ushort)times;

    /// <summary>How often a symbol was counted, until the next <see cref="Clear"/>.</summary>
    public int FrequencyOf(int symbol) => _frequencies[symbol];

    /// <summary>Writes the code of a symbol.</summary>
    public void Write(BitWriter output, int symbol) => output.Write(_codes[symbol], _lengths[symbol]);

    /// <summary>Finds the code for what was counted.</summary>
    public void Build()
    {
        OptimalBits = 0;
        FixedBits = 0;
        Array.Clear(_countOfLength);
        CollectSymbols();
        MergeRarest();
        AssignLengths();
        AssignCodes();
    }

    private void CollectSymbols()
    {
        _heapLength = 0;
        _sorted = _heap.Length;
        Last = -1;
        for (int symbol = 0; symbol < symbols; symbol++)
        {
            _lengths[symbol] = 0;
            if (_frequencies[symbol] != 0)
            {
                _heap[++_heapLength] = Last = symbol;
                _depths[symbol] = 0;
            }
        }

        // Decoders want two codes at least; what is added for them is not in the data and must not be counted.
        while (_heapLength < 2)
        {
            int symbol = Last < 2 ? ++Last : 0;
            _heap[++_heapLength] = symbol;
            _frequencies[symbol] = 1;
            _depths[symbol] = 0;
            OptimalBits--;
            FixedBits -= fixedTree?.LengthOf(symbol) ?? 0;
        }
    }

    private void MergeRarest()
    {
        for (int i = _heapLength / 2; i >= 1; i--)
        {
            SiftDown(i);
        }

        int node = symbols;
        do
        {
            int first = _heap[1];
            _heap[1] = _heap[_heapLength--];
            SiftDown(1);
            int second = _heap[1];
            _heap[--_sorted] = first;
            _heap[--_sorted] = second;
            _frequencies[node] = (ushort)(_frequencies[first] + _frequencies[second]);
            _depths[node] = (byte)(Math.Max(_depths[first], _depths[second]) + 1);
            _parents[first] = _parents[second] = (ushort)node;
            _heap[1] = node++;
            SiftDown(1);
        }
        while (_heapLength >= 2);
        _heap[--_sorted] = _heap[1];
    }

    private void SiftDown(int place)
    {
        int node = _heap[place];
        int child = place << 1;
        while (child <= _heapLength)
        {
            if (child < _heapLength && IsSmaller(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (IsSmaller(node, _heap[child]))
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
            child <<= 1;
        }

        _heap[place] = node;
    }

    private bool IsSmaller(int left, int right)
        => _frequencies[left] < _frequencies[right] || (_frequencies[left] == _frequencies[right] && _depths[left] <= _depths[right]);

    private void AssignLengths()
    {
        _lengths[_heap[_sorted]] = 0;
        int tooLong = 0;
        for (int i = _sorted + 1; i < _heap.Length; i++)
        {
            int node = _heap[i];
            int length = _lengths[_parents[node]] + 1;
            if (length > maxLength)
            {
                length = maxLength;
                tooLong++;
            }

            _lengths[node] = (byte)length;
            if (node <= Last)
            {
                _countOfLength[length]++;
                OptimalBits += _frequencies[node] * length;
                FixedBits += _frequencies[node] * (fixedTree?.LengthOf(node) ?? 0);
            }
        }

        if (tooLong > 0)
        {
            Shorten(tooLong);
        }
    }

    private void Shorten(int tooLong)
    {
        for (; tooLong > 0; tooLong -= 2)
        {
            int length = maxLength - 1;
            while (_countOfLength[length] == 0)
            {
                length--;
            }

            _countOfLength[length]--;
            _countOfLength[length + 1] += 2;
            _countOfLength[maxLength]--;
        }

        int place = _heap.Length;
        for (int length = maxLength; length != 0; length--)
        {
            for (int left = _countOfLength[length]; left != 0;)
            {
                int node = _heap[--place];
                if (node > Last)
                {
                    continue;
                }

                OptimalBits += (length - _lengths[node]) * _frequencies[node];
                _lengths[node] = (byte)length;
                left--;
            }
        }
    }

    private void AssignCodes()
    {
        Span<int> next = stackalloc int[maxLength + 1];
        int code = 0;
        for (int length = 1; length <= maxLength; length++)
        {
            code = (code + (length == 1 ? 0 : _countOfLength[length - 1])) << 1;
            next[length] = code;
        }

        for (int symbol = 0; symbol <= Last; symbol++)
        {
            int length = _lengths[symbol];
            if (length != 0)
            {
                _codes[symbol] = (ushort)Reverse(next[length]++, length);
            }
        }
    }

    private static int Reverse(int code, int length)
    {
        int reversed = 0;
        for (; length > 0; length--, code >>= 1)
        {
            reversed = (reversed << 1) | (code & 1);
        }

        return reversed;
    }
}
