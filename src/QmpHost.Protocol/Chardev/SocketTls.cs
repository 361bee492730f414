using System.Net.Sockets;
using QmpHost.Net.Tls;
using QmpHost.Net.Transports;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>TLS over the socket of a character device, on either side.</summary>
internal sealed class SocketTls
{
    private readonly Func<TransportReader, Task<ITransport>> _shakeHands;

    private SocketTls(Func<TransportReader, Task<ITransport>> shakeHands) => _shakeHands = shakeHands;

    /// <summary>Finds credentials for a device that listens.</summary>
    /// <param name="environment">Where objects are found.</param>
    /// <param name="credentials">The id of the credentials.</param>
    /// <param name="authorization">The id of the object that decides about peers, or null to let everybody in.</param>
    /// <exception cref="QmpException">There are no such credentials, or they are for the other side.</exception>
    public static SocketTls OfServer(CharacterDeviceEnvironment environment, string credentials, string? authorization)
    {
        TlsServer server = TlsServer.Find(environment.TlsObjects, credentials, authorization);
        return new SocketTls(async reader =>
        {
            ITransport? session = null;
            await environment.InvokeOnLoop(async () => session = await server.AcceptAsync(reader)).ConfigureAwait(false);
            return session!;
        });
    }

    /// <summary>Finds credentials for a device that connects.</summary>
    /// <param name="environment">Where objects are found.</param>
    /// <param name="id">The id of the credentials.</param>
    /// <param name="hostName">The name that the server's certificate must bear.</param>
    /// <exception cref="QmpException">There are no such credentials, or they are for the other side.</exception>
    public static SocketTls OfClient(CharacterDeviceEnvironment environment, string id, string? hostName)
    {
        TlsCredentials credentials = TlsCredentials.Find(environment.TlsObjects, id, TlsEndpoint.Client);
        return new SocketTls(async reader =>
        {
            TlsSession session = await TlsHandshake.ConnectAsync(reader, credentials, hostName).ConfigureAwait(false);
            return new TlsTransport(session.Stream, session.Raw, reader.Transport);
        });
    }

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket, which is closed with the stream.</param>
    /// <returns>What is said within the session.</returns>
    /// <exception cref="TlsException">There is no session.</exception>
    public async Task<Stream> WrapAsync(Socket socket)
    {
        ITransport plain = TransportFactory.Open(socket);
        try
        {
            return new SessionStream(await _shakeHands(new TransportReader(plain)).ConfigureAwait(false));
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    private sealed class SessionStream(ITransport session) : ConnectionStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => buffer.IsEmpty ? ValueTask.FromResult(0) : session.ReceiveAsync(buffer);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => session.SendAsync(buffer);

        protected override void Dispose(bool disposing)
        {
            session.Shutdown();
            session.Dispose();
            base.Dispose(disposing);
        }
    }
}
