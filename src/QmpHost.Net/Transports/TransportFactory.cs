using System.Net.Sockets;

namespace QmpHost.Net.Transports;

/// <summary>
/// Makes transports. There are two: the fast one receives on threads of its own that wait with epoll, and continues the reader right
/// there; the portable one is the platform's asynchronous sockets, which change threads once more for each message. The benchmark
/// that justifies the fast one is "nbd" of tests/QmpHost.Benchmarks, run with either.
/// </summary>
internal static class TransportFactory
{
    /// <summary>The environment variable that chooses the portable transport with the value "portable".</summary>
    public const string Variable = "QMPHOST_TRANSPORT";

    // A local socket's buffer does not grow by itself; the usual replies fit into this one, so that nobody waits half-way.
    private const int SendBufferSize = 512 * 1024;

    /// <summary>Whether transports are portable ones; always so where the fast one has no system to stand on.</summary>
    public static bool IsPortable { get; } = !OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Variable) == "portable";

    /// <summary>Whether the caller runs on a thread that serves other transports too, and so should leave long work to others.</summary>
    public static bool IsServingThread => SocketPoller.IsPollThread;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket, which is closed with the transport.</param>
    public static ITransport Open(Socket socket) => Open(socket, IsPortable);

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket, which is closed with the transport.</param>
    /// <param name="isPortable">Which transport to make.</param>
    public static ITransport Open(Socket socket, bool isPortable)
    {
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }
        else
        {
            socket.SendBufferSize = SendBufferSize;
        }

        return isPortable ? new PortableTransport(socket) : new SocketTransport(socket);
    }
}
