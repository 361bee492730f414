using System.Net.Security;
using System.Net.Sockets;

namespace QmpHost.Net.Transports;

/// <summary>A TLS session over another transport.</summary>
/// <param name="stream">The session after its handshake.</param>
/// <param name="raw">The stream that it runs over.</param>
/// <param name="inner">The transport under that.</param>
internal sealed class TlsTransport(SslStream stream, TransportStream raw, ITransport inner) : ITransport
{
    /// <summary>What is said of a connection that ended without a word of the session.</summary>
    public const string Aborted = "Cannot read from TLS channel: Software caused connection abort";

    /// <inheritdoc/>
    public bool IsShutdown => inner.IsShutdown;

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            int count = await stream.ReadAsync(buffer).ConfigureAwait(false);

            // An attacker could have cut the connection off: only the session itself can say that it has ended.
            return count == 0 && raw.HasEnded ? throw new IOException(Aborted) : count;
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            throw new IOException(Aborted, e);
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException { Message: not Aborted })
        {
            throw new IOException("Cannot read from TLS channel: Input/output error", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await stream.WriteAsync(buffer).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            throw new IOException("Cannot write to TLS channel: Input/output error", e);
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
