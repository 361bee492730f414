using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace QmpHost.Block.Bitmaps;

/// <summary>
/// The flat form of a bitmap: 64-bit words in little-endian order, the lowest bit first, as qcow2 stores bitmaps.
/// Parts can be written and read separately; bits beyond the end of the disk are zero.
/// </summary>
public static class HierarchicalBitmapSerialiser
{
    private const int WordBytes = sizeof(ulong);
    private const int HashBlockWords = 512;

    /// <summary>Bytes of the whole flat form.</summary>
    public static long GetSerialisedLength(this HierarchicalBitmap bitmap) => Words(bitmap) * WordBytes;

    /// <summary>Bytes of disk that one word stands for: parts begin at a multiple of it.</summary>
    public static long GetSerialisationAlignment(this HierarchicalBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        return bitmap.Granularity * 64;
    }

    /// <summary>Writes a part of the flat form; what lies beyond its end is written as zeroes.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="position">Where in the flat form to begin: a multiple of 8.</param>
    /// <param name="destination">Takes the bytes; its length is a multiple of 8.</param>
    /// <exception cref="ArgumentException">Position or length are no such multiple.</exception>
    public static void SerialisePart(this HierarchicalBitmap bitmap, long position, Span<byte> destination)
    {
        CheckAlignment(position, destination.Length);
        long first = position / WordBytes;
        int count = (int)Math.Clamp(Words(bitmap) - first, 0, destination.Length / WordBytes);
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(destination);
        if (count > 0)
        {
            bitmap.Root.CopyTo(words[..count], first);
        }

        words[count..].Clear();
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    /// <summary>Replaces a part of the bitmap by bytes of the flat form; those beyond its end are ignored.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="position">Where in the flat form the bytes begin: a multiple of 8.</param>
    /// <param name="source">The bytes; their number is a multiple of 8.</param>
    /// <exception cref="ArgumentException">Position or length are no such multiple.</exception>
    public static void DeserialisePart(this HierarchicalBitmap bitmap, long position, ReadOnlySpan<byte> source)
    {
        CheckAlignment(position, source.Length);
        long first = position / WordBytes;
        int count = (int)Math.Clamp(Words(bitmap) - first, 0, source.Length / WordBytes);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(source)[..count];
        if (!BitConverter.IsLittleEndian)
        {
            var swapped = new ulong[count];
            BinaryPrimitives.ReverseEndianness(words, swapped);
            words = swapped;
        }

        if (count > 0)
        {
            bitmap.Root.Load(words, first);
            ClearBeyondEnd(bitmap);
        }
    }

    /// <summary>Gives all granules of a part of the flat form one value.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="position">Where in the flat form the part begins: a multiple of 8.</param>
    /// <param name="length">Its bytes: a multiple of 8.</param>
    /// <param name="dirty">The value.</param>
    /// <exception cref="ArgumentException">Position or length are no such multiple.</exception>
    public static void DeserialiseUniform(this HierarchicalBitmap bitmap, long position, long length, bool dirty)
    {
        CheckAlignment(position, length);
        long first = position * 8;
        long end = Math.Min(bitmap.BitCount, first + length * 8);
        if (first >= end)
        {
            return;
        }

        if (dirty)
        {
            bitmap.Root.Fill(first, end - 1);
        }
        else
        {
            bitmap.Root.Clear(first, end - 1);
        }
    }

    /// <summary>SHA-256 of the flat form, in lower-case hexadecimal. The flat form of an empty disk is one zero word here.</summary>
    public static string Sha256(this HierarchicalBitmap bitmap)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> block = stackalloc byte[HashBlockWords * WordBytes];
        long length = Math.Max(bitmap.GetSerialisedLength(), WordBytes);
        for (long position = 0; position < length; position += block.Length)
        {
            Span<byte> part = block[..(int)Math.Min(block.Length, length - position)];
            bitmap.SerialisePart(position, part);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long Words(HierarchicalBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        return (bitmap.BitCount + 63) / 64;
    }

    private static void ClearBeyondEnd(HierarchicalBitmap bitmap)
    {
        long end = Words(bitmap) * 64;
        if (bitmap.BitCount < end)
        {
            bitmap.Root.Clear(bitmap.BitCount, end - 1);
        }
    }

    private static void CheckAlignment(long position, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (position % WordBytes != 0 || length % WordBytes != 0)
        {
            throw new ArgumentException("The flat form is read and written in whole 64-bit words.");
        }
    }
}
