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
        Loaded(),
        QomProperties.Text("username", static o => ((TlsPresharedKeyObject)o)._userName, static (o, v) => ((TlsPresharedKeyObject)o)._userName = v),
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
