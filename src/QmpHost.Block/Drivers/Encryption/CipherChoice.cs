using System.Security.Cryptography;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>How sectors are encrypted: cipher, mode and initialisation vectors. AES is the only cipher that can be carried out.</summary>
/// <param name="Algorithm">The cipher.</param>
/// <param name="Mode">Its mode.</param>
/// <param name="Vectors">How initialisation vectors are made.</param>
/// <param name="VectorHash">The digest that belongs to that, or null.</param>
internal sealed record CipherChoice(
    QCryptoCipherAlgorithm Algorithm, QCryptoCipherMode Mode, QCryptoIVGenAlgorithm Vectors, QCryptoHashAlgorithm? VectorHash)
{
    /// <summary>Bytes of the whole key: XTS has two.</summary>
    public int KeyBytes => CipherKeyBytes(Algorithm) * (Mode == QCryptoCipherMode.Xts ? 2 : 1);

    /// <summary>Bytes of one key of a cipher.</summary>
    public static int CipherKeyBytes(QCryptoCipherAlgorithm algorithm) => algorithm switch
    {
        QCryptoCipherAlgorithm.Aes128 or QCryptoCipherAlgorithm.Cast5128
            or QCryptoCipherAlgorithm.Serpent128 or QCryptoCipherAlgorithm.Twofish128 or QCryptoCipherAlgorithm.Sm4 => 16,
        QCryptoCipherAlgorithm.Aes192 or QCryptoCipherAlgorithm.V3des
            or QCryptoCipherAlgorithm.Serpent192 or QCryptoCipherAlgorithm.Twofish192 => 24,
        QCryptoCipherAlgorithm.Des => 8,
        _ => 32,
    };

    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="QmpException">In QEMU's words where it cannot either.</exception>
    public void Check()
    {
        if (Algorithm == QCryptoCipherAlgorithm.Cast5128 && Mode == QCryptoCipherMode.Xts)
        {
            throw new QmpException("Unsupported cipher mode xts");
        }

        if (Algorithm is not (QCryptoCipherAlgorithm.Aes128 or QCryptoCipherAlgorithm.Aes192 or QCryptoCipherAlgorithm.Aes256))
        {
            throw new QmpException($"Unsupported cipher algorithm {Algorithm.ToWire()} with {Mode.ToWire()} mode");
        }

        if (Vectors == QCryptoIVGenAlgorithm.Essiv)
        {
            int length = Digest.Length(VectorHash!.Value);
            if (length is not (16 or 24 or 32))
            {
                throw new QmpException($"No AES cipher with key size {length} available");
            }
        }
    }

    /// <summary>Makes the cipher.</summary>
    /// <param name="key">The key, of <see cref="KeyBytes"/> bytes.</param>
    /// <exception cref="QmpException">It cannot be carried out.</exception>
    public SectorCipher Create(ReadOnlySpan<byte> key)
    {
        Check();
        if (Mode == QCryptoCipherMode.Ecb)
        {
            return new EcbSectors(key);
        }

        byte[] essivKey = Vectors == QCryptoIVGenAlgorithm.Essiv ? Digest.Compute(VectorHash!.Value, key) : [];
        var vectors = new SectorVectors(Vectors, essivKey);
        CryptographicOperations.ZeroMemory(essivKey);
        return Mode switch
        {
            QCryptoCipherMode.Xts => new XtsSectors(key, vectors),
            QCryptoCipherMode.Cbc => new CbcSectors(key, vectors),
            _ => new CtrSectors(key, vectors),
        };
    }
}
