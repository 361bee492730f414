using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>Arithmetic on the blocks of a cipher.</summary>
internal static class BlockMath
{
    // x^128 = x^7 + x^2 + x + 1
    private const ulong Polynomial = 0x87;

    /// <summary>Writes a xor b; the target may be one of them.</summary>
    public static void Xor(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> target)
    {
        b = b[..a.Length];
        target = target[..a.Length];
        int whole = a.Length - (a.Length % Vector<byte>.Count);
        ReadOnlySpan<Vector<byte>> left = MemoryMarshal.Cast<byte, Vector<byte>>(a[..whole]);
        ReadOnlySpan<Vector<byte>> right = MemoryMarshal.Cast<byte, Vector<byte>>(b[..whole]);
        Span<Vector<byte>> result = MemoryMarshal.Cast<byte, Vector<byte>>(target[..whole]);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = left[i] ^ right[i];
        }

        for (int i = whole; i < a.Length; i++)
        {
            target[i] = (byte)(a[i] ^ b[i]);
        }
    }

    /// <summary>Writes the tweaks of all blocks of one sector: each is the one before, times x.</summary>
    /// <param name="first">The tweak of the first block.</param>
    /// <param name="tweaks">The sector's tweaks.</param>
    public static void ExpandTweaks(ReadOnlySpan<byte> first, Span<byte> tweaks)
    {
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(first);
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(first[8..]);
        for (int i = 0; i < tweaks.Length; i += EcbBlocks.BlockSize)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(tweaks[i..], low);
            BinaryPrimitives.WriteUInt64LittleEndian(tweaks[(i + 8)..], high);
            ulong carry = Polynomial & (0 - (high >> 63));
            high = (high << 1) | (low >> 63);
            low = (low << 1) ^ carry;
        }
    }
}
