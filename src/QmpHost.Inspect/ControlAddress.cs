using System.Net;
using System.Net.Sockets;

namespace QmpHost.Inspect;

/// <summary>Connecting to a control interface.</summary>
internal static class ControlAddress
{
    /// <summary>Connects.</summary>
    /// <param name="address">PATH, unix:PATH or tcp:ADDRESS:PORT.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<NetworkStream> ConnectAsync(string address)
    {
        EndPoint endPoint = address.StartsWith("tcp:", StringComparison.Ordinal)
            ? IPEndPoint.Parse(address[4..])
            : new UnixDomainSocketEndPoint(address.StartsWith("unix:", StringComparison.Ordinal) ? address[5..] : address);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new NetworkStream(socket, ownsSocket: true);
    }
}
