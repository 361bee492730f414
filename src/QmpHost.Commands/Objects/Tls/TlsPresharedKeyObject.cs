using QmpHost.Block.Core;
using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>tls-creds-psk: keys that both sides know, by users, in a file. There are such objects, but no such sessions.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class TlsPresharedKeyObject(QomTree tree) : TlsCredentialsObject(QomClass, tree)
{
    private const string FileName = "keys.psk";

    private string? _userName;
    private TlsCredentials? _credentials;

    /// <summary>The class "tls-creds-psk".</summary>
    public static QomClass QomClass { get; } = new("tls-creds-psk", BaseClass,
    [
        new()
        {
            Name = "loaded",
            Needs = Behaviour.ObjectsTellOfLoading,
            Type = "bool",
            Get = static o => QBool.From(((TlsPresharedKeyObject)o)._credentials is not null),
        },
        new()
        {
            Name = "username",
            Type = "string",
            Get = static o => new QString(((TlsPresharedKeyObject)o)._userName ?? ""),
            Set = static (o, reader) =>
            {
                ((TlsPresharedKeyObject)o)._userName = reader.ReadString();
                return default;
            },
        },
    ]);

    /// <inheritdoc/>
    public override TlsCredentials? Credentials => _credentials;

    /// <inheritdoc/>
    protected override void Complete()
    {
        string path = $"{Directory ?? throw new QmpException("Missing 'dir' property value")}/{FileName}";
        string[] lines = ReadLines(path);
        string user = _userName ?? "qemu";
        if (Endpoint == TlsEndpoint.Client && !lines.Any(line => line.StartsWith($"{user}:", StringComparison.Ordinal)))
        {
            throw new QmpException($"Username {user} not found in PSK file {path}");
        }

        _credentials = new UnsupportedTlsCredentials(Endpoint, VerifyPeer);
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw new QmpException($"Unable to access credentials {path}: {FileFailure.ErrnoOf(e, path).Describe()}", e);
        }
    }
}
