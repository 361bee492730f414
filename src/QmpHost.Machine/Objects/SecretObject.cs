using System.Text;
using QmpHost.Block.Core;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Json;

namespace QmpHost.Machine.Objects;

/// <summary>A password or key that is given inline or in a file.</summary>
public sealed class SecretObject : StoredSecretObject
{
    private string? _data;
    private string? _file;

    /// <summary>Makes one that holds nothing.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public SecretObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "secret".</summary>
    public static QomClass QomClass { get; } = new("secret", BaseClass,
    [
        QomProperties.Text("file", static o => ((SecretObject)o)._file, static (o, v) => ((SecretObject)o)._file = v),
        QomProperties.Text("data", static o => ((SecretObject)o)._data, static (o, v) => ((SecretObject)o)._data = v),
    ]);

    /// <inheritdoc/>
    private protected override byte[] ReadInput()
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
}
