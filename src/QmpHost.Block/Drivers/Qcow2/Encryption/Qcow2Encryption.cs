using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Drivers.Luks;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.IO;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Encryption;

/// <summary>How the data of an open image is encrypted.</summary>
internal sealed class Qcow2Encryption : IDisposable
{
    /// <summary>The header's number of the old method.</summary>
    public const uint AesMethod = 1;

    /// <summary>The header's number of LUKS.</summary>
    public const uint LuksMethod = 2;

    private const string OptionPrefix = "encrypt.";

    private readonly LuksVolume? _luks;
    private readonly SectorCipher _cipher;

    private Qcow2Encryption(LuksVolume? luks, SectorCipher cipher)
    {
        _luks = luks;
        _cipher = cipher;
        Data = new GuestCipher(cipher, followsHost: luks is not null);
    }

    /// <summary>Encrypts and decrypts data.</summary>
    public GuestCipher Data { get; }

    /// <summary>Opens what the header describes.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="options">How to, or null.</param>
    /// <param name="header">The image's header.</param>
    /// <exception cref="QmpException">The options do not fit, or the data cannot be decrypted.</exception>
    /// <returns>The encryption, or null for an image without.</returns>
    public static async ValueTask<Qcow2Encryption?> OpenAsync(BlockChild file, BlockdevQcow2Encryption? options, Qcow2Header header)
    {
        IBlockSurroundings surroundings = file.Node.Graph.Context.Surroundings;
        CheckOptions(options, header);
        if (header.CryptMethod == 0)
        {
            return null;
        }

        string? secret = options?.Branch switch
        {
            QCryptoBlockOptionsQCow aes => aes.KeySecret,
            QCryptoBlockOptionsLUKS luks => luks.KeySecret,
            _ => null,
        };
        if (header.CryptMethod == AesMethod)
        {
            return new Qcow2Encryption(null, LegacyAes.Create(PassphraseOf(surroundings, secret).Span));
        }

        if (header.Encryption is not { } extension)
        {
            throw new QmpException("Missing CRYPTO header for crypt method 2");
        }

        var area = new LuksFileArea(file, (long)extension.Offset, (long)Math.Min(extension.Length, long.MaxValue));
        LuksVolume volume = await LuksVolume.OpenAsync(surroundings, area, secret, OptionPrefix);
        return new Qcow2Encryption(volume, volume.Cipher);
    }

    /// <summary>Checks options against what the header says.</summary>
    /// <exception cref="QmpException">They do not fit.</exception>
    public static void CheckOptions(BlockdevQcow2Encryption? options, Qcow2Header header)
    {
        if (header.CryptMethod == 0)
        {
            if (options is not null)
            {
                throw new QmpException($"No encryption in image header, but options specified format '{options.Format.ToWire()}'");
            }

            return;
        }

        BlockdevQcow2EncryptionFormat format =
            header.CryptMethod == LuksMethod ? BlockdevQcow2EncryptionFormat.Luks : BlockdevQcow2EncryptionFormat.Aes;
        if (options is not null && options.Format != format)
        {
            throw new QmpException($"Header reported '{format.ToWire()}' encryption format but options specify '{options.Format.ToWire()}'");
        }
    }

    /// <summary>The passphrase that an option names.</summary>
    /// <exception cref="QmpException">There is none.</exception>
    public static ReadOnlyMemory<byte> PassphraseOf(IBlockSurroundings surroundings, string? secret)
        => surroundings.GetSecret(secret ?? throw new QmpException($"Parameter '{OptionPrefix}key-secret' is required for cipher"));

    /// <summary>Makes a LUKS header.</summary>
    public static ValueTask<LuksHeader> CreateLuksAsync(
        IBlockSurroundings surroundings, QCryptoBlockCreateOptionsLUKS options, Func<long, ValueTask<ILuksArea>> allocate)
        => LuksVolume.CreateAsync(surroundings, options, OptionPrefix, isDetached: false, allocate);

    /// <summary>Changes key slots.</summary>
    /// <exception cref="QmpException">It is no LUKS, or the change makes no sense.</exception>
    public ValueTask AmendAsync(IBlockSurroundings surroundings, QCryptoBlockAmendOptions options, bool force)
    {
        if (options.Format != QCryptoBlockFormat.Luks)
        {
            throw new QmpException("Amend can't be used to change the qcow2 encryption format");
        }

        return _luks is { } luks
            ? luks.AmendAsync(surroundings, (QCryptoBlockAmendOptionsLUKS)options.Branch!, force)
            : throw new QmpException("Only LUKS encryption options can be amended for qcow2 with blockdev-amend");
    }

    /// <summary>What listings show.</summary>
    public ImageInfoSpecificQCow2Encryption Describe() => _luks is { } luks
        ? ImageInfoSpecificQCow2Encryption.Of(BlockdevQcow2EncryptionFormat.Luks, luks.Describe())
        : new ImageInfoSpecificQCow2Encryption.Aes();

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();
}
