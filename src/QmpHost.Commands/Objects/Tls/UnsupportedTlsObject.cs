using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>
/// tls-creds-psk and tls-creds-anon: sessions without certificates, which the platform's TLS does not have. They are refused as
/// QEMU refuses them where it was built without GnuTLS.
/// </summary>
/// <param name="qomClass">The class.</param>
/// <param name="tree">The tree that it will be in.</param>
public sealed class UnsupportedTlsObject(QomClass qomClass, QomTree tree) : TlsCredentialsObject(qomClass, tree)
{
    private string _userName = "qemu";

    /// <summary>The class "tls-creds-psk".</summary>
    public static QomClass Psk { get; } = new("tls-creds-psk", BaseClass,
    [
        Loaded(),
        new()
        {
            Name = "username",
            Type = "string",
            Get = static o => new QString(((UnsupportedTlsObject)o)._userName),
            Set = static (o, reader) =>
            {
                ((UnsupportedTlsObject)o)._userName = reader.ReadString();
                return default;
            },
        },
    ]);

    /// <summary>The class "tls-creds-anon".</summary>
    public static QomClass Anonymous { get; } = new("tls-creds-anon", BaseClass, [Loaded()]);

    /// <inheritdoc/>
    public override TlsCredentials? Credentials => null;

    /// <inheritdoc/>
    protected override void Complete() => throw new QmpException("TLS credentials support requires GNUTLS");

    private static QomProperty Loaded() => new() { Name = "loaded", Type = "bool", Get = static _ => QBool.From(false) };
}
