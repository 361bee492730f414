using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using QmpHost.Net.Transports;

namespace QmpHost.Net.Tls;

/// <summary>
/// Brings TLS sessions about. As in QEMU, the handshake itself succeeds with any certificate; the peer is judged afterwards.
/// </summary>
internal static class TlsHandshake
{
    /// <summary>Performs the server's half.</summary>
    /// <param name="receiver">The plain connection, with what has already been received.</param>
    /// <param name="credentials">The server's credentials.</param>
    /// <returns>The session, with a peer that is what it should be.</returns>
    /// <exception cref="TlsException">There is no session.</exception>
    public static Task<TlsSession> AcceptAsync(TransportReader receiver, TlsCredentials credentials)
    {
        SslServerAuthenticationOptions options = credentials.CreateServerOptions();
        X509Certificate2Collection others = [];
        options.RemoteCertificateValidationCallback = (_, _, chain, _) => Keep(chain, others);
        return RunAsync(receiver, stream => stream.AuthenticateAsServerAsync(options), credentials, others, hostName: null);
    }

    /// <summary>Performs the client's half.</summary>
    /// <param name="receiver">The plain connection.</param>
    /// <param name="credentials">The client's credentials.</param>
    /// <param name="hostName">The name that the server's certificate must bear, if it is known.</param>
    /// <returns>The session, with a peer that is what it should be.</returns>
    /// <exception cref="TlsException">There is no session.</exception>
    public static Task<TlsSession> ConnectAsync(TransportReader receiver, TlsCredentials credentials, string? hostName)
    {
        SslClientAuthenticationOptions options = credentials.CreateClientOptions(hostName);
        X509Certificate2Collection others = [];
        options.RemoteCertificateValidationCallback = (_, _, chain, _) => Keep(chain, others);
        return RunAsync(receiver, stream => stream.AuthenticateAsClientAsync(options), credentials, others, hostName);
    }

    private static async Task<TlsSession> RunAsync(
        TransportReader receiver, Func<SslStream, Task> shakeHands, TlsCredentials credentials, X509Certificate2Collection others, string? hostName)
    {
        var raw = new TransportStream(receiver);
        var stream = new SslStream(raw, leaveInnerStreamOpen: false);
        try
        {
            await shakeHands(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or ObjectDisposedException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TlsException(Describe(e, raw), e);
        }

        var session = new TlsSession(stream, raw);
        if (credentials.VerifyPeer && credentials.FindFault(session.PeerCertificate, others, hostName) is { } fault)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new TlsException(fault);
        }

        return session;
    }

    private static string Describe(Exception e, TransportStream raw) => e switch
    {
        AuthenticationException { InnerException: { } inner } => $"TLS handshake failed: {inner.Message}",
        AuthenticationException => $"TLS handshake failed: {e.Message}",

        // The server's last words are for a session that the client has already given up: to QEMU the handshake is over by then.
        _ when raw.HasFailedToSend => $"Failed to read opts magic: {TlsTransport.Aborted}",
        _ => "TLS handshake failed: The TLS connection was non-properly terminated.",
    };

    private static bool Keep(X509Chain? chain, X509Certificate2Collection others)
    {
        if (chain is not null)
        {
            // They are the callback's for its duration only.
            foreach (X509Certificate2 certificate in chain.ChainPolicy.ExtraStore)
            {
                others.Add(X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span));
            }
        }

        return true;
    }
}
