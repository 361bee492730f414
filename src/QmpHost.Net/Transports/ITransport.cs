namespace QmpHost.Net.Transports;

/// <summary>A byte stream between a client and a server: a socket, or TLS over one.</summary>
/// <remarks>One receive and one send may be in progress at a time, each on any thread.</remarks>
internal interface ITransport : IDisposable
{
    /// <summary>Receives at least one byte.</summary>
    /// <param name="buffer">Where to; not empty.</param>
    /// <returns>The number of bytes; 0 at the end of the stream.</returns>
    /// <exception cref="IOException">The connection broke or was aborted.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends everything.</summary>
    /// <param name="buffer">What to send.</param>
    /// <returns>A task that ends when the data has been handed to the system.</returns>
    /// <exception cref="IOException">The connection broke or was aborted.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> buffer);

    /// <summary>Whether <see cref="Shutdown"/> was called; what the peer sent before no longer matters then.</summary>
    bool IsShutdown { get; }

    /// <summary>Ends both directions at once, so that pending receives and sends end. May be called from any thread, more than once.</summary>
    void Shutdown();
}
