using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>CTR: blocks are masked with an encrypted counter that starts at the sector's initialisation vector.</summary>
internal sealed class CtrSectors(ReadOnlySpan<byte> key, SectorVectors vectors) : SectorCipher(vectors)
{
    private readonly EcbBlocks _blocks = new(key);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _blocks.Dispose();
    }

    /// <inheritdoc/>
    protected override void EncryptBatch(ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        for (int start = 0; start < plain.Length; start += SectorSize)
        {
            UInt128 counter = BinaryPrimitives.ReadUInt128BigEndian(Vectors.AsSpan(start / SectorSize * EcbBlocks.BlockSize));
            for (int offset = 0; offset < SectorSize; offset += EcbBlocks.BlockSize)
            {
                BinaryPrimitives.WriteUInt128BigEndian(Work.AsSpan(start + offset), counter++);
            }
        }

        _blocks.Encrypt(Work, 0, plain.Length);
        BlockMath.Xor(plain, Work, encrypted);
    }

    /// <inheritdoc/>
    protected override void DecryptBatch(Span<byte> data) => EncryptBatch(data, data);
}
