using System.Net.Sockets;

namespace QmpHost.Net.Transports;

/// <summary>What QEMU says of broken connections.</summary>
internal static class TransportErrors
{
    /// <summary>Says why a read failed.</summary>
    /// <param name="exception">What the transport threw.</param>
    /// <returns>The text.</returns>
    public static string DescribeRead(IOException exception)
        => exception.InnerException is SocketException socket ? $"Unable to read from socket: {socket.Describe()}" : exception.Message;

    /// <summary>Says why a write failed.</summary>
    /// <param name="exception">What the transport threw.</param>
    /// <returns>The text.</returns>
    public static string DescribeWrite(IOException exception)
        => exception.InnerException is SocketException socket ? $"Unable to write to socket: {socket.Describe()}" : exception.Message;
}
