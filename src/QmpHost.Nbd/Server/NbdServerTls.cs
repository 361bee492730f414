using QmpHost.Net.Tls;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>TLS with which a client of the server has to begin.</summary>
/// <param name="tls">The server's credentials and whom they let in.</param>
internal sealed class NbdServerTls(TlsServer tls) : INbdTlsUpgrade
{
    /// <inheritdoc/>
    public async ValueTask<ITransport> UpgradeAsync(TransportReader receiver)
    {
        try
        {
            return await tls.AcceptAsync(receiver);
        }
        catch (TlsException e)
        {
            throw new NbdNegotiationException(e.Message);
        }
    }
}
