using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>X.509 credentials as sessions use them.</summary>
/// <param name="files">The certificates.</param>
/// <param name="endpoint">On which side they are used.</param>
/// <param name="verifyPeer">Whether the other side must prove itself.</param>
/// <param name="priority">A priority string of GnuTLS, or null.</param>
internal sealed class X509TlsCredentials(X509Files files, TlsEndpoint endpoint, bool verifyPeer, string? priority)
    : TlsCredentials(endpoint, verifyPeer)
{
    /// <inheritdoc/>
    public override SslServerAuthenticationOptions CreateServerOptions() => new()
    {
        EnabledSslProtocols = Protocols(),
        ServerCertificateContext = Context(),
        ClientCertificateRequired = VerifyPeer,
        AllowTlsResume = false,
    };

    /// <inheritdoc/>
    public override SslClientAuthenticationOptions CreateClientOptions(string? hostName) => new()
    {
        EnabledSslProtocols = Protocols(),
        TargetHost = hostName ?? "",
        ClientCertificateContext = files.Certificate is null ? null : Context(),
        AllowTlsResume = false,
    };

    /// <inheritdoc/>
    public override string? FindFault(X509Certificate2? peer, X509Certificate2Collection others, string? hostName)
    {
        if (peer is null)
        {
            return "Verify failed: No certificate was found.";
        }

        if (files.IsRevoked(peer))
        {
            return "The certificate has been revoked";
        }

        if (X509Trust.FindFault(peer, others, files.Authorities) is { } fault)
        {
            return fault;
        }

        if (Endpoint == TlsEndpoint.Server)
        {
            return null;
        }

        return hostName is null ? "No hostname for certificate validation"
            : !peer.MatchesHostname(hostName) ? $"Certificate does not match the hostname {hostName}"
            : null;
    }

    private SslProtocols Protocols() => TlsPriority.ToProtocols(priority);

    private SslStreamCertificateContext Context() => SslStreamCertificateContext.Create(files.Certificate!, files.Chain, offline: true);
}
