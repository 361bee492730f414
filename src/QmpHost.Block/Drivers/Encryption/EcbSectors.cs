namespace QmpHost.Block.Drivers.Encryption;

/// <summary>ECB: every block by itself, wherever it lies.</summary>
internal sealed class EcbSectors(ReadOnlySpan<byte> key) : SectorCipher(null)
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
        plain.CopyTo(Work);
        _blocks.Encrypt(Work, 0, plain.Length);
        Work.AsSpan(0, plain.Length).CopyTo(encrypted);
    }

    /// <inheritdoc/>
    protected override void DecryptBatch(Span<byte> data)
    {
        data.CopyTo(Work);
        _blocks.Decrypt(Work, 0, data.Length);
        Work.AsSpan(0, data.Length).CopyTo(data);
    }
}
