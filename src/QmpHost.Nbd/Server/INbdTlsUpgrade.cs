using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>Turns a connection into a TLS session.</summary>
internal interface INbdTlsUpgrade
{
    /// <summary>Performs the server's half of the TLS handshake.</summary>
    /// <param name="receiver">The plain connection, with what has already been received.</param>
    /// <returns>The TLS session as a transport, which owns the plain one.</returns>
    /// <exception cref="NbdNegotiationException">The handshake failed, or the client may not be served.</exception>
    ValueTask<ITransport> UpgradeAsync(TransportReader receiver);
}
