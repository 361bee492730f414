namespace QmpHost.Block.Drivers.Encryption;

/// <summary>XTS: a block is masked, before and after, with a tweak that depends on sector and place.</summary>
internal sealed class XtsSectors : SectorCipher
{
    private readonly EcbBlocks _data;
    private readonly EcbBlocks _tweak;
    private readonly byte[] _tweaks;

    /// <summary>Sets the key.</summary>
    /// <param name="key">The key of the data, followed by one as long for the tweaks.</param>
    /// <param name="vectors">Makes the initialisation vectors.</param>
    public XtsSectors(ReadOnlySpan<byte> key, SectorVectors vectors)
        : base(vectors)
    {
        _data = new EcbBlocks(key[..(key.Length / 2)]);
        _tweak = new EcbBlocks(key[(key.Length / 2)..]);
        _tweaks = new byte[Work.Length];
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _data.Dispose();
        _tweak.Dispose();
    }

    /// <inheritdoc/>
    protected override void EncryptBatch(ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        MakeTweaks(plain.Length);
        BlockMath.Xor(plain, _tweaks, Work);
        _data.Encrypt(Work, 0, plain.Length);
        BlockMath.Xor(Work.AsSpan(0, plain.Length), _tweaks, encrypted);
    }

    /// <inheritdoc/>
    protected override void DecryptBatch(Span<byte> data)
    {
        MakeTweaks(data.Length);
        BlockMath.Xor(data, _tweaks, Work);
        _data.Decrypt(Work, 0, data.Length);
        BlockMath.Xor(Work.AsSpan(0, data.Length), _tweaks, data);
    }

    private void MakeTweaks(int length)
    {
        int sectors = length / SectorSize;
        _tweak.Encrypt(Vectors, 0, sectors * EcbBlocks.BlockSize);
        for (int i = 0; i < sectors; i++)
        {
            BlockMath.ExpandTweaks(Vectors.AsSpan(i * EcbBlocks.BlockSize, EcbBlocks.BlockSize), _tweaks.AsSpan(i * SectorSize, SectorSize));
        }
    }
}
