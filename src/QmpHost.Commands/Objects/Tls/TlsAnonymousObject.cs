using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>tls-creds-anon: sessions in which nobody proves anything. There are such objects, but no such sessions.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class TlsAnonymousObject(QomTree tree) : TlsCredentialsObject(QomClass, tree)
{
    private TlsCredentials? _credentials;

    /// <summary>The class "tls-creds-anon".</summary>
    public static QomClass QomClass { get; } = new("tls-creds-anon", BaseClass, [Loaded()]);

    /// <inheritdoc/>
    public override TlsCredentials? Credentials => _credentials;

    /// <inheritdoc/>
    protected override void Complete() => _credentials = new UnsupportedTlsCredentials(Endpoint, VerifyPeer);
}
