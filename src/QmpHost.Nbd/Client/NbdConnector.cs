using System.Net.Sockets;
using QmpHost.Net;
using QmpHost.Net.Transports;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using SocketAddress = QmpHost.Qapi.Schema.SocketAddress;

namespace QmpHost.Nbd.Client;

/// <summary>Makes connections to a server, once or until it succeeds. Runs on the thread pool.</summary>
/// <param name="options">The server and what is wanted there.</param>
/// <param name="clock">The clock of pauses between attempts.</param>
internal sealed class NbdConnector(NbdClientOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

    /// <summary>Connects and negotiates once.</summary>
    /// <param name="cancellationToken">Ends the attempt, also with a server that accepts and then says nothing.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="NbdClientException">It did not work out, or took too long.</exception>
    public async Task<NbdClientTransmission> ConnectAsync(CancellationToken cancellationToken = default)
    {
        ITransport transport = TransportFactory.Open(await OpenAsync(options.Server, cancellationToken).ConfigureAwait(false));
        try
        {
            TransportReader receiver;
            NbdExportInfo info;
            await using (cancellationToken.Register(static state => ((ITransport)state!).Shutdown(), transport).ConfigureAwait(false))
            {
                (receiver, info) = await new NbdClientNegotiation(options).RunAsync(transport).ConfigureAwait(false);
            }

            // A connection that was shut down in its last moment is of no use.
            return cancellationToken.IsCancellationRequested ? throw TookTooLong() : new NbdClientTransmission(receiver, info);
        }
        catch (NbdClientException)
        {
            transport.Dispose();
            if (cancellationToken.IsCancellationRequested)
            {
                throw TookTooLong();
            }

            throw;
        }
    }

    /// <summary>Connects and negotiates, again and again with growing pauses.</summary>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="NbdClientException">The attempts were ended; this is how the last of them failed.</exception>
    public async Task<NbdClientTransmission> ConnectPatientlyAsync(CancellationToken cancellationToken)
    {
        for (TimeSpan pause = TimeSpan.FromSeconds(1); ; pause = pause < LongestPause ? 2 * pause : LongestPause)
        {
            try
            {
                return await ConnectAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (NbdClientException)
            {
                try
                {
                    await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    // What follows is the last failure.
                }

                if (cancellationToken.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    private static async Task<Socket> OpenAsync(SocketAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await SocketConnector.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (QmpException e)
        {
            throw new NbdClientException(e.Message, e);
        }
        catch (OperationCanceledException)
        {
            throw TookTooLong();
        }
    }

    private static NbdClientException TookTooLong() => new("Connection attempt cancelled by timeout");
}
