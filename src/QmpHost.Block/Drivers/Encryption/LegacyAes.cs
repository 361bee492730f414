using System.Security.Cryptography;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>The encryption of old qcow2 images: AES-128 in CBC mode, with the passphrase itself as key.</summary>
internal static class LegacyAes
{
    private const int KeyBytes = 16;

    /// <summary>Makes the cipher.</summary>
    /// <param name="passphrase">Filled up with zeroes, and cut, to the length of the key.</param>
    public static SectorCipher Create(ReadOnlySpan<byte> passphrase)
    {
        byte[] key = new byte[KeyBytes];
        passphrase[..Math.Min(passphrase.Length, KeyBytes)].CopyTo(key);
        SectorCipher cipher = new CipherChoice(
            QCryptoCipherAlgorithm.Aes128, QCryptoCipherMode.Cbc, QCryptoIVGenAlgorithm.Plain64, null).Create(key);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }
}
