using QmpHost.Nbd.Protocol;
using QmpHost.Net.Tls;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Client;

/// <summary>Starts TLS for a client.</summary>
internal static class NbdClientTls
{
    /// <summary>Asks the server for TLS and performs the client's half of the TLS handshake.</summary>
    /// <param name="channel">The plain connection.</param>
    /// <param name="options">Credentials and the server's name.</param>
    /// <returns>The connection over TLS.</returns>
    public static async ValueTask<NbdHandshakeChannel> StartAsync(NbdHandshakeChannel channel, NbdClientOptions options)
    {
        await channel.SendOptionAsync(NbdOption.StartTls).ConfigureAwait(false);
        NbdOptionReplyHeader reply = await channel.ReadReplyAsync(NbdOption.StartTls).ConfigureAwait(false);
        if (reply.IsError)
        {
            await channel.SkipRefusalAsync(reply).ConfigureAwait(false);
            throw new NbdClientException(
                reply.Type == NbdOptionReply.ErrorUnsupported ? "Server don't support STARTTLS option" : NbdClientNames.DescribeRefusal(reply));
        }

        if (reply.Length != 0)
        {
            throw new NbdClientException($"Option 5 ('starttls') response length is {reply.Length} (it should be zero)");
        }

        try
        {
            TlsSession session = await TlsHandshake.ConnectAsync(channel.Receiver, options.Tls!, options.TlsHostName).ConfigureAwait(false);
            return new NbdHandshakeChannel(new TransportReader(new TlsTransport(session.Stream, session.Raw, channel.Receiver.Transport)));
        }
        catch (TlsException e)
        {
            throw new NbdClientException(e.Message, e);
        }
    }
}
