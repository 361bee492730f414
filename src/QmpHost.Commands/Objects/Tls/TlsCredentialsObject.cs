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
            Text("dir", static c => c.Directory, static (c, v) => c.Directory = v),
            Flag("verify-peer", static c => c.VerifyPeer, static (c, v) => c.VerifyPeer = v),
            Text("priority", static c => c.Priority, static (c, v) => c.Priority = v),
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

    private static QomProperty Text(string name, Func<TlsCredentialsObject, string?> get, Action<TlsCredentialsObject, string> set) => new()
    {
        Name = name,
        Type = "string",
        Get = o => new QString(get((TlsCredentialsObject)o) ?? ""),
        Set = (o, reader) =>
        {
            set((TlsCredentialsObject)o, reader.ReadString());
            return default;
        },
    };

    private static QomProperty Flag(string name, Func<TlsCredentialsObject, bool> get, Action<TlsCredentialsObject, bool> set) => new()
    {
        Name = name,
        Type = "bool",
        Get = o => QBool.From(get((TlsCredentialsObject)o)),
        Set = (o, reader) =>
        {
            set((TlsCredentialsObject)o, reader.ReadBool());
            return default;
        },
    };
}
