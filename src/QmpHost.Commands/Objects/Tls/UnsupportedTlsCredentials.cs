using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>Credentials without certificates. The platform's TLS has none: every session that is to use them fails.</summary>
/// <param name="endpoint">On which side they are used.</param>
/// <param name="verifyPeer">Whether the other side must prove itself.</param>
internal sealed class UnsupportedTlsCredentials(TlsEndpoint endpoint, bool verifyPeer) : TlsCredentials(endpoint, verifyPeer)
{
    private const string Fault = "TLS sessions without certificates are not supported on this platform";

    /// <inheritdoc/>
    public override SslServerAuthenticationOptions CreateServerOptions() => throw new TlsException(Fault);

    /// <inheritdoc/>
    public override SslClientAuthenticationOptions CreateClientOptions(string? hostName) => throw new TlsException(Fault);

    /// <inheritdoc/>
    public override string? FindFault(X509Certificate2? peer, X509Certificate2Collection others, string? hostName) => Fault;
}
