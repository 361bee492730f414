using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Reads and writes the entries of refcount blocks, which are 1 to 64 bits wide.</summary>
/// <remarks>Immutable, usable from any thread.</remarks>
internal sealed class RefcountCodec(int refcountOrder)
{
    public ulong Read(ReadOnlySpan<byte> block, int index) => refcountOrder switch
    {
        3 => block[index],
        4 => BinaryPrimitives.ReadUInt16BigEndian(block[(index * 2)..]),
        5 => BinaryPrimitives.ReadUInt32BigEndian(block[(index * 4)..]),
        6 => BinaryPrimitives.ReadUInt64BigEndian(block[(index * 8)..]),
        _ => ReadBits(block, index),
    };

    public void Write(Span<byte> block, int index, ulong value)
    {
        switch (refcountOrder)
        {
            case 3:
                block[index] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[(index * 2)..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[(index * 4)..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[(index * 8)..], value);
                break;
            default:
                WriteBits(block, index, value);
                break;
        }
    }

    /// <summary>The first entry at or behind <paramref name="start"/> that is zero.</summary>
    /// <returns>Its index, or <paramref name="end"/>.</returns>
    public int IndexOfZero(ReadOnlySpan<byte> block, int start, int end)
    {
        if (refcountOrder == 4)
        {
            int found = MemoryMarshal.Cast<byte, ushort>(block)[start..end].IndexOf((ushort)0);
            return found < 0 ? end : start + found;
        }

        while (start < end && Read(block, start) != 0)
        {
            start++;
        }

        return start;
    }

    /// <summary>The first entry at or behind <paramref name="start"/> that is not zero.</summary>
    /// <returns>Its index, or <paramref name="end"/>.</returns>
    public int IndexOfUsed(ReadOnlySpan<byte> block, int start, int end)
    {
        if (refcountOrder == 4)
        {
            int found = MemoryMarshal.Cast<byte, ushort>(block)[start..end].IndexOfAnyExcept((ushort)0);
            return found < 0 ? end : start + found;
        }

        while (start < end && Read(block, start) == 0)
        {
            start++;
        }

        return start;
    }

    /// <summary>How many of the first entries are not zero.</summary>
    public int CountUsed(ReadOnlySpan<byte> block, int end)
    {
        if (refcountOrder == 4)
        {
            return end - MemoryMarshal.Cast<byte, ushort>(block)[..end].Count((ushort)0);
        }

        int used = 0;
        for (int i = 0; i < end; i++)
        {
            used += Read(block, i) != 0 ? 1 : 0;
        }

        return used;
    }

    private ulong ReadBits(ReadOnlySpan<byte> block, int index)
    {
        int bit = index << refcountOrder;
        return (ulong)(block[bit >> 3] >> (bit & 7)) & Mask;
    }

    private void WriteBits(Span<byte> block, int index, ulong value)
    {
        int bit = index << refcountOrder;
        ref byte at = ref block[bit >> 3];
        at = (byte)((at & ~(int)(Mask << (bit & 7))) | (int)((value & Mask) << (bit & 7)));
    }

    private ulong Mask => (1UL << (1 << refcountOrder)) - 1;
}
