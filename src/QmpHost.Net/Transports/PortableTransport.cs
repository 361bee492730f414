using System.Net.Sockets;

namespace QmpHost.Net.Transports;

/// <summary>A connected stream socket, by means of the platform's asynchronous calls.</summary>
/// <param name="socket">The socket.</param>
internal sealed class PortableTransport(Socket socket) : ITransport
{
    private volatile bool _isShutdown;

    /// <inheritdoc/>
    public bool IsShutdown => _isShutdown;

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new IOException(e.Describe(), e);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException(SystemErrors.Describe(SystemErrors.BrokenPipe), e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = await socket.SendAsync(buffer).ConfigureAwait(false);
                buffer = buffer[sent..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException(e.Describe(), e);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException(SystemErrors.Describe(SystemErrors.BrokenPipe), e);
        }
    }

    /// <inheritdoc/>
    public void Shutdown()
    {
        _isShutdown = true;
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster: there is nothing left to shut down.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
