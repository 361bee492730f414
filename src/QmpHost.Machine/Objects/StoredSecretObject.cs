using System.Security.Cryptography;
using System.Text;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>A password or key from anywhere, raw or as Base64, and possibly encrypted with another secret.</summary>
public abstract class StoredSecretObject : UserObject
{
    private const int KeyBytes = 32;
    private const int BlockBytes = 16;

    private static readonly string[] Formats = ["raw", "base64"];

    private string? _keyId;
    private string? _iv;
    private string _format = Formats[0];
    private byte[]? _loaded;

    private protected StoredSecretObject(QomClass qomClass, QomTree tree)
        : base(qomClass, tree)
    {
    }

    /// <summary>The class "secret_common".</summary>
    public static QomClass BaseClass { get; } = new(
        "secret_common",
        QomClass.Object,
        [
            QomProperties.Text("iv", static o => ((StoredSecretObject)o)._iv, static (o, v) => ((StoredSecretObject)o)._iv = v),
            QomProperties.Text("keyid", static o => ((StoredSecretObject)o)._keyId, static (o, v) => ((StoredSecretObject)o)._keyId = v),
            new() { Name = "loaded", Type = "bool", Needs = Behaviour.ObjectsTellOfLoading, Get = static o => QBool.From(((StoredSecretObject)o)._loaded is not null) },
            new()
            {
                Name = "format",
                Type = "QCryptoSecretFormat",
                Get = static o => new QString(((StoredSecretObject)o)._format),
                Set = static (o, reader) =>
                {
                    ((StoredSecretObject)o)._format = reader.ReadEnum(Formats);
                    return default;
                },
            },
        ],
        isAbstract: true);

    /// <summary>The secret itself.</summary>
    public ReadOnlyMemory<byte> Value => _loaded;

    /// <summary>The bytes of a secret by its id, as an option of a driver names it.</summary>
    /// <param name="tree">The host's tree.</param>
    /// <param name="id">The id.</param>
    /// <exception cref="QmpException">There is no such secret.</exception>
    public static ReadOnlyMemory<byte> LookUp(QomTree tree, string id)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return tree.Objects.Follow(id) switch
        {
            null => throw new QmpException($"No secret with id '{id}'"),
            StoredSecretObject secret => secret.Value,
            _ => throw new QmpException($"Object with id '{id}' is not a secret"),
        };
    }

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        byte[] input = ReadInput();
        if (_keyId is not null)
        {
            input = Decrypt(input, LookUp(Tree, _keyId));
        }
        else if (_format == "base64")
        {
            input = LenientBase64.Decode(Encoding.UTF8.GetString(input));
        }

        _loaded = input;
    }

    /// <inheritdoc/>
    protected internal override void Finish()
    {
        CryptographicOperations.ZeroMemory(_loaded);
        _loaded = null;
    }

    /// <summary>Reads what the options lead to.</summary>
    /// <exception cref="QmpException">They lead nowhere.</exception>
    private protected abstract byte[] ReadInput();

    private byte[] Decrypt(byte[] input, ReadOnlyMemory<byte> key)
    {
        if (key.Length != KeyBytes)
        {
            throw new QmpException($"Key should be {KeyBytes} bytes in length");
        }

        if (_iv is null)
        {
            throw new QmpException("IV is required to decrypt secret");
        }

        byte[] iv = LenientBase64.Decode(_iv);
        if (iv.Length != BlockBytes)
        {
            throw new QmpException($"IV should be {BlockBytes} bytes in length not {iv.Length}");
        }

        byte[] encrypted = _format == "base64" ? LenientBase64.Decode(Encoding.UTF8.GetString(input)) : input;
        if (encrypted.Length % BlockBytes != 0)
        {
            throw new QmpException($"Length {encrypted.Length} must be a multiple of block size {BlockBytes}");
        }

        using Aes aes = Aes.Create();
        aes.Key = key.ToArray();
        byte[] padded = aes.DecryptCbc(encrypted, iv, PaddingMode.None);
        byte padding = padded.Length == 0 ? (byte)0 : padded[^1];
        return padding > padded.Length || padding > BlockBytes
            ? throw new QmpException($"Incorrect number of padding bytes ({padding}) found on decrypted data")
            : padded[..^padding];
    }
}
