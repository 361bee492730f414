using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>What all kinds of TLS credentials have.</summary>
/// <param name="qomClass">The class.</param>
/// <param name="tree">The tree that it will be in.</param>
public abstract class TlsCredentialsObject(QomClass qomClass, QomTree tree) : UserObject(qomClass, tree), ITlsCredentialsObject
{
    private static readonly string[] Endpoints = ["client", "server"];

    private string _endpoint = Endpoints[0];

    /// <summary>The class "tls-creds".</summary>
    public static QomClass BaseClass { get; } = new(
        "tls-creds",
        QomClass.Object,
        [
            new()
            {
                Name = "endpoint",
                Type = "QCryptoTLSCredsEndpoint",
                Get = static o => new QString(((TlsCredentialsObject)o)._endpoint),
                Set = static (o, reader) =>
                {
                    ((TlsCredentialsObject)o)._endpoint = reader.ReadEnum(Endpoints);
                    return default;
                },
            },
            QomProperties.Text("dir", static o => ((TlsCredentialsObject)o).Directory, static (o, v) => ((TlsCredentialsObject)o).Directory = v),
            QomProperties.Flag("verify-peer", static o => ((TlsCredentialsObject)o).VerifyPeer, static (o, v) => ((TlsCredentialsObject)o).VerifyPeer = v),
            QomProperties.Text("priority", static o => ((TlsCredentialsObject)o).Priority, static (o, v) => ((TlsCredentialsObject)o).Priority = v),
        ],
        isAbstract: true);

    /// <inheritdoc/>
    public abstract TlsCredentials? Credentials { get; }

    /// <summary>The folder that holds the files.</summary>
    protected string? Directory { get; private set; }

    /// <summary>Whether the other side must prove itself.</summary>
    protected bool VerifyPeer { get; private set; } = true;

    /// <summary>A priority string of GnuTLS, or null.</summary>
    protected string? Priority { get; private set; }

    /// <summary>On which side the credentials are used.</summary>
    protected TlsEndpoint Endpoint => _endpoint == "server" ? TlsEndpoint.Server : TlsEndpoint.Client;

    /// <summary>The property that tells whether there are credentials, which each kind lists in a place of its own.</summary>
    protected static QomProperty Loaded() => new()
    {
        Name = "loaded",
        Needs = Behaviour.ObjectsTellOfLoading,
        Type = "bool",
        Get = static o => QBool.From(((TlsCredentialsObject)o).Credentials is not null),
    };
}
