namespace QmpHost.Block.Drivers.Compression;

/// <summary>
/// Deflates data with the search and the choices of zlib at its usual level, 6, so that the bytes are those that QEMU writes:
/// where compressed data ends decides where the next is put in an image.
/// </summary>
/// <remarks>The method is that of zlib by Jean-loup Gailly and Mark Adler (zlib licence), written anew. Not for several threads at once.</remarks>
internal sealed class DeflateEncoder
{
    // What level 6 means: how good a match must be to search less, to search no more, to take it at once, and how far to search.
    private const int GoodLength = 8;
    private const int LazyLength = 16;
    private const int NiceLength = 128;
    private const int MaxChain = 128;

    private const int MinLookahead = DeflateCodes.MaxMatch + DeflateCodes.MinMatch + 1;
    private const int NoMatch = DeflateCodes.MinMatch - 1;
    private const int TooFar = 4096;

    private readonly int _windowSize;
    private readonly int _hashShift;
    private readonly int _hashMask;
    private readonly int[] _heads;
    private readonly int[] _previous;
    private readonly DeflateBlock _block;
    private readonly BitWriter _output = new();

    // All places count from the start of the data. The window begins at _base; zlib knows no match there, nor in front of it.
    private int _base;
    private int _filled;
    private int _place;
    private int _blockStart;
    private int _matchStart;

    /// <summary>Makes an encoder, which can be used again and again.</summary>
    /// <param name="windowBits">Logarithm of how far back matches may lie.</param>
    /// <param name="memoryLevel">zlib's measure of the sizes of its tables, 1 to 9.</param>
    public DeflateEncoder(int windowBits, int memoryLevel)
    {
        _windowSize = 1 << windowBits;
        int hashBits = memoryLevel + 7;
        _hashShift = (hashBits + DeflateCodes.MinMatch - 1) / DeflateCodes.MinMatch;
        _hashMask = (1 << hashBits) - 1;
        _heads = new int[1 << hashBits];
        _previous = new int[_windowSize];
        _block = new DeflateBlock((1 << (memoryLevel + 6)) - 1);
    }

    private int Reach => _windowSize - MinLookahead;

    /// <summary>Deflates data, without a header.</summary>
    /// <param name="data">The data.</param>
    /// <returns>The deflated data; valid until the next call.</returns>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> data)
    {
        _output.Clear();
        _block.Clear();
        Array.Fill(_heads, -1);
        (_base, _filled, _place, _blockStart, _matchStart) = (0, 0, 0, 0, 0);
        int length = NoMatch;
        bool literalWaits = false;
        while (true)
        {
            if (_filled - _place < MinLookahead)
            {
                Fill(data.Length);
                if (_filled == _place)
                {
                    break;
                }
            }

            int candidate = _filled - _place >= DeflateCodes.MinMatch ? Insert(data, _place) : -1;
            (int previousLength, int previousStart) = (length, _matchStart);
            length = NoMatch;
            if (candidate > _base && previousLength < LazyLength && _place - candidate <= Reach)
            {
                length = FindLongest(data, candidate, previousLength);
                if (length == DeflateCodes.MinMatch && _place - _matchStart > TooFar)
                {
                    length = NoMatch;
                }
            }

            if (previousLength >= DeflateCodes.MinMatch && length <= previousLength)
            {
                // The match that began one byte before is the better one.
                _block.AddMatch(_place - 1 - previousStart, previousLength);
                SkipMatch(data, previousLength);
                (literalWaits, length) = (false, NoMatch);
                EndFullBlock(data);
            }
            else
            {
                if (literalWaits)
                {
                    _block.AddLiteral(data[_place - 1]);
                    EndFullBlock(data);
                }

                literalWaits = true;
                _place++;
            }
        }

        if (literalWaits)
        {
            _block.AddLiteral(data[_place - 1]);
        }

        EndBlock(data, isLast: true);
        return _output.Written;
    }

    private void Fill(int end)
    {
        do
        {
            if (_place - _base >= _windowSize + Reach)
            {
                _base += _windowSize;
            }

            if (_filled == end)
            {
                return;
            }

            _filled = Math.Min(end, _base + (2 * _windowSize));
        }
        while (_filled - _place < MinLookahead && _filled < end);
    }

    private int Insert(ReadOnlySpan<byte> data, int place)
    {
        int hash = ((data[place] << (2 * _hashShift)) ^ (data[place + 1] << _hashShift) ^ data[place + 2]) & _hashMask;
        int head = _heads[hash];
        _previous[place & (_windowSize - 1)] = head;
        _heads[hash] = place;
        return head;
    }

    private void SkipMatch(ReadOnlySpan<byte> data, int length)
    {
        int lastInserted = _filled - DeflateCodes.MinMatch;
        int end = _place - 1 + length;
        while (++_place < end)
        {
            if (_place <= lastInserted)
            {
                Insert(data, _place);
            }
        }
    }

    private int FindLongest(ReadOnlySpan<byte> data, int candidate, int best)
    {
        int lookahead = _filled - _place;
        int limit = Math.Max(_place - Reach, _base);
        int chain = best >= GoodLength ? MaxChain >> 2 : MaxChain;
        int nice = Math.Min(NiceLength, lookahead);
        if (best >= lookahead)
        {
            return lookahead;
        }

        ReadOnlySpan<byte> scan = data.Slice(_place, Math.Min(lookahead, DeflateCodes.MaxMatch));
        do
        {
            if (data[candidate + best] == scan[best] && data[candidate + best - 1] == scan[best - 1] && data[candidate] == scan[0])
            {
                int length = scan.CommonPrefixLength(data.Slice(candidate, scan.Length));
                if (length > best)
                {
                    _matchStart = candidate;
                    best = length;
                    if (length >= nice)
                    {
                        break;
                    }
                }
            }

            candidate = _previous[candidate & (_windowSize - 1)];
        }
        while (candidate > limit && --chain != 0);
        return best;
    }

    private void EndFullBlock(ReadOnlySpan<byte> data)
    {
        if (_block.IsFull)
        {
            EndBlock(data, isLast: false);
        }
    }

    private void EndBlock(ReadOnlySpan<byte> data, bool isLast)
    {
        int length = _place - _blockStart;
        _block.Write(_output, _blockStart >= _base ? data.Slice(_blockStart, length) : default, length, isLast);
        _block.Clear();
        _blockStart = _place;
    }
}
