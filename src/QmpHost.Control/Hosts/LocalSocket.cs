using System.Net;
using System.Net.Sockets;

namespace QmpHost.Control.Hosts;

/// <summary>Listening sockets that are reached from this machine only.</summary>
internal static class LocalSocket
{
    /// <summary>Listens on a unix socket. A socket that nobody listens on any more is replaced.</summary>
    /// <exception cref="IOException">Somebody listens there, or it cannot be made.</exception>
    public static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (File.Exists(path))
            {
                RemoveStale(path);
            }

            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            return socket;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new IOException($"Cannot listen on {path}: {e.Message}", e);
        }
    }

    /// <summary>Listens on the loopback interface.</summary>
    /// <exception cref="IOException">The address is not one of this machine alone, or is taken.</exception>
    public static Socket Listen(IPEndPoint endPoint)
    {
        if (!IPAddress.IsLoopback(endPoint.Address))
        {
            throw new IOException($"{endPoint.Address} can be reached from other machines; the control interface listens on the loopback interface only.");
        }

        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"Cannot listen on {endPoint}: {e.Message}", e);
        }
    }

    /// <summary>Waits for a client.</summary>
    /// <returns>The client, or null when the socket was closed.</returns>
    public static async Task<Socket?> AcceptAsync(Socket socket)
    {
        while (true)
        {
            try
            {
                return await socket.AcceptAsync();
            }
            catch (Exception e) when (e is ObjectDisposedException || e is SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.Interrupted or SocketError.InvalidArgument })
            {
                return null;
            }
            catch (SocketException)
            {
                // The client has gone again, or there are too many: the next one may be luckier.
                await Task.Yield();
            }
        }
    }

    private static void RemoveStale(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"Cannot listen on {path}: somebody does already.");
    }
}
