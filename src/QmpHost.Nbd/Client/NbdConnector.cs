using System.Net;
using System.Net.Sockets;
using QmpHost.Block.Core;
using QmpHost.Nbd.Transport;
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
    /// <returns>The connection.</returns>
    /// <exception cref="NbdClientException">It did not work out.</exception>
    public async Task<NbdClientTransmission> ConnectAsync()
    {
        var transport = new SocketTransport(await Task.Run(() => OpenAsync(options.Server)).ConfigureAwait(false));
        try
        {
            (NbdReceiver receiver, NbdExportInfo info) = await new NbdClientNegotiation(options).RunAsync(transport).ConfigureAwait(false);
            return new NbdClientTransmission(receiver, info);
        }
        catch (NbdClientException)
        {
            transport.Dispose();
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
                return await ConnectAsync().ConfigureAwait(false);
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

    private static async Task<Socket> OpenAsync(SocketAddress address)
    {
        try
        {
            return address.Branch switch
            {
                InetSocketAddress inet => await OpenInetAsync(inet).ConfigureAwait(false),
                UnixSocketAddress unix => OpenUnix(unix),
                VsockSocketAddress => throw new NbdClientException("socket family AF_VSOCK unsupported"),
                _ => throw new NbdClientException("only QEMU supports file descriptor passing"),
            };
        }
        catch (QmpException e)
        {
            throw new NbdClientException(e.Message, e);
        }
    }

    private static Socket OpenUnix(UnixSocketAddress address)
    {
        if (address.Path.Length == 0 && address.Abstract != true)
        {
            // Nobody can listen there.
            throw new NbdClientException($"Failed to connect to '': {Errno.ECONNREFUSED.Describe()}");
        }

        (Socket? socket, Errno error) = UnixSockets.Connect(UnixAddress.ToEndPoint(address));
        return socket ?? throw new NbdClientException($"Failed to connect to '{address.Path}': {error.Describe()}");
    }

    private static async Task<Socket> OpenInetAsync(InetSocketAddress address)
    {
        SocketException? failure = null;
        foreach (IPEndPoint endPoint in AddressResolver.Resolve(address, passive: false))
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(endPoint).ConfigureAwait(false);
                if (address.KeepAlive == true)
                {
                    socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                }

                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
        }

        throw new NbdClientException($"Failed to connect to '{address.Host}:{address.Port}': {failure?.Describe()}", failure);
    }
}
