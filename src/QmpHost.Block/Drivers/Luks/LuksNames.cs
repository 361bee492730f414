using QmpHost.Block.Drivers.Encryption;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>How a LUKS header names ciphers, modes and digests.</summary>
internal static class LuksNames
{
    private static readonly (string Name, QCryptoCipherAlgorithm[] BySize)[] Ciphers =
    [
        ("aes", [QCryptoCipherAlgorithm.Aes128, QCryptoCipherAlgorithm.Aes192, QCryptoCipherAlgorithm.Aes256]),
        ("cast5", [QCryptoCipherAlgorithm.Cast5128]),
        ("serpent", [QCryptoCipherAlgorithm.Serpent128, QCryptoCipherAlgorithm.Serpent192, QCryptoCipherAlgorithm.Serpent256]),
        ("sm4", [QCryptoCipherAlgorithm.Sm4]),
        ("twofish", [QCryptoCipherAlgorithm.Twofish128, QCryptoCipherAlgorithm.Twofish192, QCryptoCipherAlgorithm.Twofish256]),
    ];

    /// <summary>The header's name of a cipher.</summary>
    /// <exception cref="QmpException">LUKS does not know it.</exception>
    public static string CipherName(QCryptoCipherAlgorithm algorithm)
        => Ciphers.FirstOrDefault(cipher => cipher.BySize.Contains(algorithm)).Name
            ?? throw new QmpException($"Algorithm '{algorithm.ToWire()}' not supported");

    /// <summary>The header's name of mode and initialisation vectors, for example "cbc-essiv:sha256".</summary>
    public static string ModeName(CipherChoice choice)
        => $"{choice.Mode.ToWire()}-{choice.Vectors.ToWire()}" + (choice.VectorHash is { } hash ? $":{hash.ToWire()}" : "");

    /// <summary>Reads what a header says about its cipher.</summary>
    /// <param name="cipher">The cipher's name.</param>
    /// <param name="mode">The name of mode and initialisation vectors.</param>
    /// <param name="hash">The name of the digest.</param>
    /// <param name="keyBytes">The length of the key in bytes.</param>
    /// <exception cref="QmpException">It makes no sense.</exception>
    public static (CipherChoice Choice, QCryptoHashAlgorithm Hash) Parse(string cipher, string mode, string hash, int keyBytes)
    {
        int dash = mode.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            throw new QmpException($"Unexpected cipher mode string format '{mode}'");
        }

        string vectors = mode[(dash + 1)..];
        int colon = vectors.IndexOf(':', StringComparison.Ordinal);
        QCryptoHashAlgorithm? vectorHash = colon < 0 ? null : ParseHash(vectors[(colon + 1)..]);
        QCryptoCipherMode cipherMode = ParseMode(mode[..dash]);
        QCryptoCipherAlgorithm algorithm = ParseCipher(cipher, cipherMode == QCryptoCipherMode.Xts ? keyBytes / 2 : keyBytes);
        QCryptoHashAlgorithm keyHash = ParseHash(hash);
        QCryptoIVGenAlgorithm generator = ParseVectors(colon < 0 ? vectors : vectors[..colon]);
        if (generator == QCryptoIVGenAlgorithm.Essiv && vectorHash is null)
        {
            throw new QmpException("Missing IV generator hash specification");
        }

        return (new CipherChoice(algorithm, cipherMode, generator, vectorHash), keyHash);
    }

    private static QCryptoCipherAlgorithm ParseCipher(string name, int keyBytes)
    {
        QCryptoCipherAlgorithm[] known = Ciphers.FirstOrDefault(cipher => cipher.Name == name).BySize ?? [];
        foreach (QCryptoCipherAlgorithm algorithm in known)
        {
            if (CipherChoice.CipherKeyBytes(algorithm) == keyBytes)
            {
                return algorithm;
            }
        }

        throw new QmpException($"Algorithm '{name}' with key size {keyBytes} bytes not supported");
    }

    private static QCryptoCipherMode ParseMode(string name)
        => QCryptoCipherModeEnum.TryParse(name, out QCryptoCipherMode mode) ? mode : throw new QmpException($"Cipher mode '{name}' not supported");

    private static QCryptoHashAlgorithm ParseHash(string name)
        => QCryptoHashAlgorithmEnum.TryParse(name, out QCryptoHashAlgorithm hash)
            ? hash
            : throw new QmpException($"Hash algorithm '{name}' not supported");

    private static QCryptoIVGenAlgorithm ParseVectors(string name)
        => QCryptoIVGenAlgorithmEnum.TryParse(name, out QCryptoIVGenAlgorithm vectors)
            ? vectors
            : throw new QmpException($"IV generator '{name}' not supported");
}
