using System.Net.Security;

namespace QmpHost.Nbd.Transport;

/// <summary>A TLS session over another transport.</summary>
/// <param name="stream">The session after its handshake.</param>
/// <param name="inner">What it runs over.</param>
internal sealed class TlsTransport(SslStream stream, INbdTransport inner) : INbdTransport
{
    /// <inheritdoc/>
    public bool IsShutdown => inner.IsShutdown;

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await stream.ReadAsync(buffer).ConfigureAwait(false);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await stream.WriteAsync(buffer).ConfigureAwait(false);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Shutdown() => inner.Shutdown();

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        inner.Dispose();
    }
}
