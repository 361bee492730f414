using System.Security.Cryptography;

namespace QmpHost.Block.Drivers.Encryption;

/// <summary>AES on single blocks: what every mode of encryption is built of.</summary>
/// <remarks>Not for use by several threads at once.</remarks>
internal sealed class EcbBlocks : IDisposable
{
    /// <summary>Bytes of one block.</summary>
    public const int BlockSize = 16;

    private readonly Aes _aes;
    private readonly ICryptoTransform _encryptor;
    private readonly ICryptoTransform _decryptor;

    /// <summary>Sets the key.</summary>
    /// <param name="key">16, 24 or 32 bytes.</param>
    public EcbBlocks(ReadOnlySpan<byte> key)
    {
        _aes = Aes.Create();
        _aes.Mode = CipherMode.ECB;
        _aes.Padding = PaddingMode.None;
        _aes.Key = key.ToArray();
        _encryptor = _aes.CreateEncryptor();
        _decryptor = _aes.CreateDecryptor();
    }

    /// <summary>Encrypts blocks in place.</summary>
    public void Encrypt(byte[] buffer, int offset, int length) => _encryptor.TransformBlock(buffer, offset, length, buffer, offset);

    /// <summary>Decrypts blocks in place.</summary>
    public void Decrypt(byte[] buffer, int offset, int length) => _decryptor.TransformBlock(buffer, offset, length, buffer, offset);

    /// <inheritdoc/>
    public void Dispose()
    {
        _encryptor.Dispose();
        _decryptor.Dispose();
        _aes.Dispose();
    }
}
