using System.Net.Security;
using System.Security.Authentication;
using QmpHost.Nbd.Tls;
using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Server;

/// <summary>TLS as a server's credentials want it.</summary>
/// <param name="credentials">The credentials.</param>
/// <param name="isAllowed">Decides about a client by the name in its certificate; null lets everybody in.</param>
internal sealed class NbdServerTls(TlsCredentials credentials, Func<string, bool>? isAllowed) : INbdTlsUpgrade
{
    /// <inheritdoc/>
    public async ValueTask<INbdTransport> UpgradeAsync(NbdReceiver receiver)
    {
        var stream = new SslStream(new TransportStream(receiver), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(credentials.CreateServerOptions());
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            throw new NbdNegotiationException($"TLS handshake failed: {e.Message}");
        }

        if (isAllowed is not null && !isAllowed(stream.RemoteCertificate?.Subject ?? ""))
        {
            await stream.DisposeAsync();
            throw new NbdNegotiationException("TLS x509 authz check for " + (stream.RemoteCertificate?.Subject ?? "") + " is denied");
        }

        return new TlsTransport(stream, receiver.Transport);
    }
}
