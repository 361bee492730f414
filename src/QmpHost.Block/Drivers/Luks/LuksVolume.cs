using System.Security.Cryptography;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>An open LUKS volume, wherever its header lies: the header, and the cipher of the disk.</summary>
internal sealed class LuksVolume : IDisposable
{
    private readonly ILuksArea _area;
    private readonly string _secret;

    private LuksVolume(LuksHeader header, ILuksArea area, string secret, SectorCipher cipher)
    {
        Header = header;
        _area = area;
        _secret = secret;
        Cipher = cipher;
    }

    public LuksHeader Header { get; }

    /// <summary>Encrypts and decrypts sectors of the disk.</summary>
    public SectorCipher Cipher { get; }

    /// <summary>Opens a volume.</summary>
    /// <param name="surroundings">Where secrets are.</param>
    /// <param name="area">The header.</param>
    /// <param name="secret">The id of the secret with the passphrase.</param>
    /// <param name="prefix">What stands before the names of options in messages.</param>
    /// <param name="mayBeDetached">Whether the disk may lie apart from the header.</param>
    /// <exception cref="QmpException">There is no such secret, the header is damaged, or the passphrase is another.</exception>
    public static async ValueTask<LuksVolume> OpenAsync(
        IBlockSurroundings surroundings, ILuksArea area, string? secret, string prefix, bool mayBeDetached = false)
    {
        ReadOnlyMemory<byte> passphrase = PassphraseOf(surroundings, secret, prefix);
        byte[] bytes = new byte[LuksHeader.Size];
        await area.ReadAsync(0, bytes);
        LuksHeader header = LuksHeader.Read(bytes, mayBeDetached);
        header.Choice.Check();
        byte[] key = await new LuksKeyring(header, area).UnlockAsync(passphrase);
        SectorCipher cipher = header.Choice.Create(key);
        CryptographicOperations.ZeroMemory(key);
        return new LuksVolume(header, area, secret!, cipher);
    }

    /// <summary>Makes the header of a new volume, with one key slot.</summary>
    /// <param name="surroundings">Where secrets are.</param>
    /// <param name="options">The options.</param>
    /// <param name="prefix">What stands before the names of options in messages.</param>
    /// <param name="isDetached">Whether the disk lies apart from the header.</param>
    /// <param name="allocate">Makes room for the header and, where it lies in front of it, the disk; told the length of the header in bytes.</param>
    /// <exception cref="QmpException">It cannot be done, in QEMU's words.</exception>
    /// <returns>The header.</returns>
    public static async ValueTask<LuksHeader> CreateAsync(
        IBlockSurroundings surroundings, QCryptoBlockCreateOptionsLUKS options, string prefix, bool isDetached, Func<long, ValueTask<ILuksArea>> allocate)
    {
        ReadOnlyMemory<byte> passphrase = PassphraseOf(surroundings, options.KeySecret, prefix);
        QCryptoIVGenAlgorithm vectors = options.IvgenAlg ?? QCryptoIVGenAlgorithm.Plain64;
        var choice = new CipherChoice(
            options.CipherAlg ?? QCryptoCipherAlgorithm.Aes256,
            options.CipherMode ?? QCryptoCipherMode.Xts,
            vectors,
            options.IvgenHashAlg ?? (vectors == QCryptoIVGenAlgorithm.Essiv ? QCryptoHashAlgorithm.Sha256 : null));
        LuksNames.CipherName(choice.Algorithm);
        choice.Check();
        LuksHeader header = LuksHeader.Lay(choice, options.HashAlg ?? QCryptoHashAlgorithm.Sha256, isDetached);
        Digest.NameOf(header.Hash);
        byte[] key = RandomNumberGenerator.GetBytes(choice.KeyBytes);
        await EventLoop.OffloadAsync(() => new LuksKeyring(header, null!).SetDigest(key, options.IterTime));
        ILuksArea area = await allocate(header.TotalBytes);
        await new LuksKeyring(header, area).StoreAsync(header.Slots[0], key, passphrase, options.IterTime);
        CryptographicOperations.ZeroMemory(key);
        return header;
    }

    /// <summary>Changes key slots.</summary>
    /// <param name="surroundings">Where secrets are.</param>
    /// <param name="options">The change.</param>
    /// <param name="force">Whether to do what may lock the disk for ever.</param>
    public ValueTask AmendAsync(IBlockSurroundings surroundings, QCryptoBlockAmendOptionsLUKS options, bool force)
        => new LuksAmendment(Header, _area, surroundings, _secret).ApplyAsync(options, force);

    /// <summary>What listings show.</summary>
    public QCryptoBlockInfoLUKS Describe() => new()
    {
        CipherAlg = Header.Choice.Algorithm,
        CipherMode = Header.Choice.Mode,
        IvgenAlg = Header.Choice.Vectors,
        IvgenHashAlg = Header.Choice.Vectors == QCryptoIVGenAlgorithm.Essiv ? Header.Choice.VectorHash : null,
        HashAlg = Header.Hash,
        DetachedHeader = Header.IsDetached,
        PayloadOffset = Header.PayloadOffset,
        MasterKeyIters = Header.KeyIterations,
        Uuid = Header.Uuid,
        Slots = [.. Header.Slots.Select(Describe)],
    };

    /// <inheritdoc/>
    public void Dispose() => Cipher.Dispose();

    private static QCryptoBlockInfoLUKSSlot Describe(LuksKeySlot slot) => new()
    {
        Active = slot.IsActive == true,
        Iters = slot.IsActive == true ? slot.Iterations : null,
        Stripes = slot.IsActive == true ? slot.Stripes : null,
        KeyOffset = (long)slot.MaterialSector * SectorCipher.SectorSize,
    };

    private static ReadOnlyMemory<byte> PassphraseOf(IBlockSurroundings surroundings, string? secret, string prefix)
        => surroundings.GetSecret(secret ?? throw new QmpException($"Parameter '{prefix}key-secret' is required for cipher"));
}
