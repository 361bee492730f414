namespace QmpHost.Block.Drivers.Encryption;

/// <summary>Encrypts and decrypts sectors of 512 bytes, each with an initialisation vector made of its number.</summary>
/// <remarks>Works in buffers of its own, so that requests allocate nothing; used on the event loop only, or by one thread.</remarks>
internal abstract class SectorCipher : IDisposable
{
    /// <summary>Bytes of one sector.</summary>
    public const int SectorSize = 512;

    private const int BatchSectors = 64;

    private readonly SectorVectors? _vectors;

    protected SectorCipher(SectorVectors? vectors) => _vectors = vectors;

    /// <summary>The initialisation vectors of the sectors at hand, one after the other.</summary>
    protected byte[] Vectors { get; } = new byte[BatchSectors * EcbBlocks.BlockSize];

    /// <summary>The sectors at hand.</summary>
    protected byte[] Work { get; } = new byte[BatchSectors * SectorSize];

    /// <summary>Encrypts.</summary>
    /// <param name="sector">The number of the first sector.</param>
    /// <param name="plain">Whole sectors.</param>
    /// <param name="encrypted">Where they go; may be the same.</param>
    public void Encrypt(long sector, ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        while (!plain.IsEmpty)
        {
            int length = Math.Min(plain.Length, Work.Length);
            _vectors?.Fill(sector, Vectors, length / SectorSize);
            EncryptBatch(plain[..length], encrypted[..length]);
            plain = plain[length..];
            encrypted = encrypted[length..];
            sector += length / SectorSize;
        }
    }

    /// <summary>Decrypts in place.</summary>
    /// <param name="sector">The number of the first sector.</param>
    /// <param name="data">Whole sectors.</param>
    public void Decrypt(long sector, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            int length = Math.Min(data.Length, Work.Length);
            _vectors?.Fill(sector, Vectors, length / SectorSize);
            DecryptBatch(data[..length]);
            data = data[length..];
            sector += length / SectorSize;
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose() => _vectors?.Dispose();

    /// <summary>Encrypts as many sectors as there is room for in the buffers.</summary>
    protected abstract void EncryptBatch(ReadOnlySpan<byte> plain, Span<byte> encrypted);

    /// <summary>Decrypts as many sectors as there is room for in the buffers.</summary>
    protected abstract void DecryptBatch(Span<byte> data);
}
