using System.Security.Cryptography;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>Digests by the names of the schema, as far as the platform has them.</summary>
internal static class Digest
{
    /// <summary>The length of a digest in bytes.</summary>
    public static int Length(QCryptoHashAlgorithm algorithm) => algorithm switch
    {
        QCryptoHashAlgorithm.Md5 => 16,
        QCryptoHashAlgorithm.Sha1 or QCryptoHashAlgorithm.Ripemd160 => 20,
        QCryptoHashAlgorithm.Sha224 => 28,
        QCryptoHashAlgorithm.Sha256 or QCryptoHashAlgorithm.Sm3 => 32,
        QCryptoHashAlgorithm.Sha384 => 48,
        _ => 64,
    };

    /// <summary>The platform's name of a digest.</summary>
    /// <exception cref="QmpException">The platform does not have it.</exception>
    public static HashAlgorithmName NameOf(QCryptoHashAlgorithm algorithm) => algorithm switch
    {
        QCryptoHashAlgorithm.Md5 => HashAlgorithmName.MD5,
        QCryptoHashAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        QCryptoHashAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        QCryptoHashAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        QCryptoHashAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new QmpException($"Unknown hash algorithm {(int)algorithm}"),
    };

    /// <summary>Computes a digest.</summary>
    /// <exception cref="QmpException">The platform does not have it.</exception>
    public static byte[] Compute(QCryptoHashAlgorithm algorithm, ReadOnlySpan<byte> data)
        => CryptographicOperations.HashData(NameOf(algorithm), data);
}
