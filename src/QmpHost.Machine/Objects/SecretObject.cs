using System.Security.Cryptography;
using System.Text;
using QmpHost.Block.Core;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Json;

namespace QmpHost.Machine.Objects;

/// <summary>A password or key, given inline or in a file, raw or as Base64, and possibly encrypted with another secret.</summary>
public sealed class SecretObject : UserObject
{
    private const int KeyBytes = 32;
    private const int BlockBytes = 16;

    private static readonly string[] Formats = ["raw", "base64"];

    private string? _data;
    private string? _file;
    private string? _keyId;
    private string? _iv;
    private string _format = Formats[0];
    private byte[]? _loaded;

    /// <summary>Makes one that holds nothing.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public SecretObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "secret".</summary>
    public static QomClass QomClass { get; } = new("secret", QomClass.Object,
    [
        Text("iv", static s => s._iv, static (s, v) => s._iv = v),
        Text("keyid", static s => s._keyId, static (s, v) => s._keyId = v),
        new() { Name = "loaded", Type = "bool", Get = static o => QBool.From(((SecretObject)o)._loaded is not null) },
        new()
        {
            Name = "format",
            Type = "QCryptoSecretFormat",
            Get = static o => new QString(((SecretObject)o)._format),
            Set = static (o, reader) =>
            {
                ((SecretObject)o)._format = reader.ReadEnum(Formats);
                return default;
            },
        },
        Text("file", static s => s._file, static (s, v) => s._file = v),
        Text("data", static s => s._data, static (s, v) => s._data = v),
    ]);

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
            SecretObject secret => secret.Value,
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

    private static QomProperty Text(string name, Func<SecretObject, string?> get, Action<SecretObject, string> set) => new()
    {
        Name = name,
        Type = "string",
        Get = o => new QString(get((SecretObject)o) ?? ""),
        Set = (o, reader) =>
        {
            set((SecretObject)o, reader.ReadString());
            return default;
        },
    };

    private byte[] ReadInput()
    {
        if (_file is null)
        {
            return _data is null ? throw new QmpException("Either 'file' or 'data' must be provided") : ModifiedUtf8.GetBytes(_data);
        }

        if (_data is not null)
        {
            throw new QmpException("'file' and 'data' are mutually exclusive");
        }

        if (Directory.Exists(_file))
        {
            throw Unreadable("Error reading file", "Is a directory");
        }

        return SystemFile.ReadAllBytes(_file, out int error) ?? throw Unreadable("Failed to open file", SystemFile.Describe(error));
    }

    // The name is shown twice, by QEMU and by a library, which shows each byte that is not UTF-8 as a replacement character.
    private QmpException Unreadable(string what, string why)
        => new($"Unable to read {_file}: {what} \u201C{Encoding.UTF8.GetString(ModifiedUtf8.GetBytes(_file!))}\u201D: {why}");

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
