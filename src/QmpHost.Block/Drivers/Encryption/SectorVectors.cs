using System.Buffers.Binary;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>Makes initialisation vectors of sector numbers.</summary>
internal sealed class SectorVectors : IDisposable
{
    private readonly QCryptoIVGenAlgorithm _algorithm;
    private readonly EcbBlocks? _essiv;

    /// <summary>Makes the generator.</summary>
    /// <param name="algorithm">How.</param>
    /// <param name="essivKey">The digest of the key, for the one method that encrypts the numbers.</param>
    public SectorVectors(QCryptoIVGenAlgorithm algorithm, ReadOnlySpan<byte> essivKey)
    {
        _algorithm = algorithm;
        _essiv = algorithm == QCryptoIVGenAlgorithm.Essiv ? new EcbBlocks(essivKey) : null;
    }

    /// <summary>Writes the vectors of sectors that follow one another.</summary>
    public void Fill(long sector, byte[] vectors, int count)
    {
        Span<byte> target = vectors.AsSpan(0, count * EcbBlocks.BlockSize);
        target.Clear();
        for (int i = 0; i < count; i++)
        {
            ulong number = (ulong)(sector + i);
            BinaryPrimitives.WriteUInt64LittleEndian(
                target[(i * EcbBlocks.BlockSize)..], _algorithm == QCryptoIVGenAlgorithm.Plain ? (uint)number : number);
        }

        _essiv?.Encrypt(vectors, 0, target.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _essiv?.Dispose();
}
