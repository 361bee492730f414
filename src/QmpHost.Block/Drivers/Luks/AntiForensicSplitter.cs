using System.Buffers.Binary;
using System.Security.Cryptography;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>
/// Blows a key up to many parts, all of which are needed to get it back: when any of them is overwritten on the medium, the
/// key is gone.
/// </summary>
internal static class AntiForensicSplitter
{
    /// <summary>Splits a key.</summary>
    /// <param name="hash">The digest that spreads the bits.</param>
    /// <param name="key">The key.</param>
    /// <param name="parts">All parts, one after the other; longer areas are left alone at their end.</param>
    public static void Split(QCryptoHashAlgorithm hash, ReadOnlySpan<byte> key, Span<byte> parts)
    {
        Span<byte> last = parts.Slice((LuksKeySlot.StandardStripes - 1) * key.Length, key.Length);
        RandomNumberGenerator.Fill(parts[..((LuksKeySlot.StandardStripes - 1) * key.Length)]);
        Accumulate(hash, parts, key.Length, last);
        BlockMath.Xor(last, key, last);
    }

    /// <summary>Puts a key together.</summary>
    /// <param name="hash">The digest that spreads the bits.</param>
    /// <param name="parts">All parts, one after the other.</param>
    /// <param name="key">The key.</param>
    public static void Merge(QCryptoHashAlgorithm hash, ReadOnlySpan<byte> parts, Span<byte> key)
    {
        Accumulate(hash, parts, key.Length, key);
        BlockMath.Xor(key, parts.Slice((LuksKeySlot.StandardStripes - 1) * key.Length, key.Length), key);
    }

    private static void Accumulate(QCryptoHashAlgorithm hash, ReadOnlySpan<byte> parts, int length, Span<byte> sum)
    {
        HashAlgorithmName name = Digest.NameOf(hash);
        int digestLength = Digest.Length(hash);
        Span<byte> block = stackalloc byte[sizeof(uint) + digestLength];
        Span<byte> digest = stackalloc byte[digestLength];
        sum.Clear();
        for (int i = 0; i < LuksKeySlot.StandardStripes - 1; i++)
        {
            BlockMath.Xor(sum, parts.Slice(i * length, length), sum);
            Diffuse(name, sum, block, digest);
        }
    }

    // Every part as long as a digest becomes the digest of its number and itself.
    private static void Diffuse(HashAlgorithmName name, Span<byte> sum, Span<byte> block, Span<byte> digest)
    {
        for (int offset = 0; offset < sum.Length; offset += digest.Length)
        {
            Span<byte> part = sum.Slice(offset, Math.Min(digest.Length, sum.Length - offset));
            BinaryPrimitives.WriteInt32BigEndian(block, offset / digest.Length);
            part.CopyTo(block[sizeof(uint)..]);
            CryptographicOperations.HashData(name, block[..(sizeof(uint) + part.Length)], digest);
            digest[..part.Length].CopyTo(part);
        }
    }
}
