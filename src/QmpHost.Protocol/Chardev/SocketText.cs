using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace QmpHost.Protocol.Chardev;

/// <summary>Writes connected sockets as listings show them.</summary>
internal static class SocketText
{
    /// <summary>Describes both ends of a connected socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="scheme">What the addresses of internet sockets begin with.</param>
    /// <param name="mark">What follows this end's address.</param>
    public static string Describe(Socket socket, string scheme, string mark)
    {
        try
        {
            return socket.LocalEndPoint is IPEndPoint local
                ? $"{scheme}:{Describe(local)}{mark} <-> {Describe(socket.RemoteEndPoint as IPEndPoint)}"
                : $"unix:{socket.LocalEndPoint}{mark}";
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or ArgumentOutOfRangeException)
        {
            return "unknown";
        }
    }

    private static string Describe(IPEndPoint? end)
        => end is null ? string.Empty
        : end.AddressFamily == AddressFamily.InterNetworkV6 ? string.Create(CultureInfo.InvariantCulture, $"[{end.Address}]:{end.Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{end.Address}:{end.Port}");
}
