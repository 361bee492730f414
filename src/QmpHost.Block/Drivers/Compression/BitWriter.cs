using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Compression;

/// <summary>Collects bits, the lowest first, and bytes.</summary>
internal sealed class BitWriter
{
    private byte[] _bytes = new byte[1 << 16];
    private int _length;
    private ulong _bits;
    private int _bitCount;

    /// <summary>What was written as whole bytes; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Forgets everything.</summary>
    public void Clear() => (_length, _bits, _bitCount) = (0, 0, 0);

    /// <summary>Appends bits.</summary>
    /// <param name="value">The bits; none is set above <paramref name="count"/>.</param>
    /// <param name="count">How many, at most 16.</param>
    public void Write(int value, int count)
    {
        _bits |= (ulong)(uint)value << _bitCount;
        _bitCount += count;
        if (_bitCount >= 48)
        {
            Reserve(sizeof(ulong));
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_length), _bits);
            _length += 6;
            _bits >>= 48;
            _bitCount -= 48;
        }
    }

    /// <summary>Fills the last byte with zeroes.</summary>
    public void Align()
    {
        Reserve(sizeof(ulong));
        for (; _bitCount > 0; _bitCount -= 8, _bits >>= 8)
        {
            _bytes[_length++] = (byte)_bits;
        }

        _bitCount = 0;
    }

    /// <summary>Appends bytes behind whole bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }
    }
}
