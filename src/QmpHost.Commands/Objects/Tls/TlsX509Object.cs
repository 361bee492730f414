using System.Text;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>tls-creds-x509: certificates in PEM files with fixed names.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class TlsX509Object(QomTree tree) : TlsCredentialsObject(QomClass, tree)
{
    private bool _sanityCheck = true;
    private string? _passwordId;
    private X509Files? _files;

    /// <summary>The class "tls-creds-x509".</summary>
    public static QomClass QomClass { get; } = new("tls-creds-x509", BaseClass,
    [
        QomProperties.Flag("sanity-check", static o => ((TlsX509Object)o)._sanityCheck, static (o, v) => ((TlsX509Object)o)._sanityCheck = v),
        QomProperties.Text("passwordid", static o => ((TlsX509Object)o)._passwordId, static (o, v) => ((TlsX509Object)o)._passwordId = v),
        Loaded(),
    ]);

    /// <inheritdoc/>
    public override TlsCredentials? Credentials => _files is null ? null : new X509TlsCredentials(_files, Endpoint, VerifyPeer, Priority);

    /// <inheritdoc/>
    protected override void Complete()
    {
        string directory = Directory ?? throw new QmpException("Missing 'dir' property value");
        X509Paths paths = X509Paths.Find(directory, Endpoint);
        if (_sanityCheck)
        {
            X509SanityChecks.Run(paths, Endpoint);
        }

        _files = X509Files.Load(paths, _passwordId is null ? null : Encoding.UTF8.GetString(StoredSecretObject.LookUp(Tree, _passwordId).Span));
    }

    /// <inheritdoc/>
    protected override void Finish()
    {
        // Sessions and servers that use the credentials keep them.
        _files = null;
    }
}
