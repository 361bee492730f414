namespace QmpHost.Block.Drivers.Encryption;

/// <summary>CBC: a block is masked with the encrypted one before it.</summary>
/// <remarks>A block waits for the one before it, but sectors do not wait for each other: they go through the cipher side by side.</remarks>
internal sealed class CbcSectors(ReadOnlySpan<byte> key, SectorVectors vectors) : SectorCipher(vectors)
{
    private const int BlocksPerSector = SectorSize / EcbBlocks.BlockSize;

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
        int sectors = plain.Length / SectorSize;
        for (int block = 0; block < BlocksPerSector; block++)
        {
            for (int sector = 0; sector < sectors; sector++)
            {
                int offset = (sector * SectorSize) + (block * EcbBlocks.BlockSize);
                Span<byte> vector = Vectors.AsSpan(sector * EcbBlocks.BlockSize, EcbBlocks.BlockSize);
                BlockMath.Xor(plain.Slice(offset, EcbBlocks.BlockSize), vector, vector);
            }

            _blocks.Encrypt(Vectors, 0, sectors * EcbBlocks.BlockSize);
            for (int sector = 0; sector < sectors; sector++)
            {
                int offset = (sector * SectorSize) + (block * EcbBlocks.BlockSize);
                Vectors.AsSpan(sector * EcbBlocks.BlockSize, EcbBlocks.BlockSize).CopyTo(encrypted[offset..]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void DecryptBatch(Span<byte> data)
    {
        data.CopyTo(Work);
        _blocks.Decrypt(Work, 0, data.Length);
        for (int start = data.Length - SectorSize; start >= 0; start -= SectorSize)
        {
            ReadOnlySpan<byte> vector = Vectors.AsSpan(start / BlocksPerSector, EcbBlocks.BlockSize);
            Span<byte> sector = data.Slice(start, SectorSize);
            ReadOnlySpan<byte> decrypted = Work.AsSpan(start, SectorSize);

            // From the end: the mask of a block is the one before it, still encrypted.
            for (int offset = SectorSize - EcbBlocks.BlockSize; offset >= 0; offset -= EcbBlocks.BlockSize)
            {
                ReadOnlySpan<byte> mask = offset == 0 ? vector : sector.Slice(offset - EcbBlocks.BlockSize, EcbBlocks.BlockSize);
                BlockMath.Xor(decrypted.Slice(offset, EcbBlocks.BlockSize), mask, sector.Slice(offset, EcbBlocks.BlockSize));
            }
        }
    }
}
