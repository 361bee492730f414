using System.Net.Security;
using System.Security.Authentication;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Transport;

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

        var stream = new SslStream(new TransportStream(channel.Receiver), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(options.Tls!.CreateClientOptions(options.TlsHostName)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new NbdClientException($"TLS handshake failed: {e.InnerException?.Message ?? e.Message}", e);
        }

        return new NbdHandshakeChannel(new NbdReceiver(new TlsTransport(stream, channel.Receiver.Transport)));
    }
}
