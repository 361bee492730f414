using System.Net.Sockets;
using QmpHost.Net.Transports;

namespace QmpHost.Protocol.Chardev;

/// <summary>A connected datagram socket as a stream: each writing is a datagram, each datagram is one reading.</summary>
/// <param name="socket">The socket, which is closed with the stream.</param>
internal sealed class DatagramStream(Socket socket) : ConnectionStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                int count = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (count > 0)
                {
                    return count;
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                // That nobody took the last datagram does not end anything.
            }
            catch (SocketException e)
            {
                throw new IOException(e.Message, e);
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Datagrams may be lost.
        }
    }

    protected override void Dispose(bool disposing)
    {
        socket.Dispose();
        base.Dispose(disposing);
    }
}
