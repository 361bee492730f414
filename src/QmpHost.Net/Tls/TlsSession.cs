using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Net.Transports;

namespace QmpHost.Net.Tls;

/// <summary>A TLS session after its handshake.</summary>
/// <param name="Stream">The session.</param>
/// <param name="Raw">What it runs over.</param>
internal sealed record TlsSession(SslStream Stream, TransportStream Raw)
{
    /// <summary>The certificate that the peer showed, or null.</summary>
    public X509Certificate2? PeerCertificate => Stream.RemoteCertificate as X509Certificate2;
}
