using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using SocketAddress = QmpHost.Qapi.Schema.SocketAddress;

namespace QmpHost.Nbd.Transport;

/// <summary>The sockets that listen on one address; a host name may stand for several.</summary>
public sealed class SocketListener
{
    private readonly string? _path;

    private SocketListener(IReadOnlyList<Socket> sockets, string? path)
    {
        Sockets = sockets;
        _path = path;
    }

    /// <summary>The listening sockets.</summary>
    public IReadOnlyList<Socket> Sockets { get; }

    /// <summary>Listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="backlog">Clients that may wait to be accepted.</param>
    /// <returns>The sockets.</returns>
    /// <exception cref="QmpException">It cannot listen there, in QEMU's words.</exception>
    public static SocketListener Open(SocketAddress address, int backlog) => address.Branch switch
    {
        InetSocketAddress inet => new SocketListener(OpenInet(inet, backlog), null),
        UnixSocketAddress unix => OpenUnix(unix, backlog),
        VsockSocketAddress => throw new QmpException("socket family AF_VSOCK unsupported"),
        _ => throw new QmpException("only QEMU supports file descriptor passing"),
    };

    /// <summary>Stops listening; a socket in the file system goes away.</summary>
    public void Close()
    {
        foreach (Socket socket in Sockets)
        {
            socket.Dispose();
        }

        if (_path is not null)
        {
            _ = UnixSockets.Remove(_path);
        }
    }

    private static SocketListener OpenUnix(UnixSocketAddress address, int backlog)
    {
        bool isAbstract = address.Abstract == true;
        string path = address.Path;
        if (path.Length == 0 && !isAbstract)
        {
            path = Path.Combine(Path.GetTempPath(), "qemu-socket-" + Path.GetRandomFileName()[..6]);
            address = address with { Path = path };
        }

        UnixPathEndPoint endPoint = UnixAddress.ToEndPoint(address);
        if (!isAbstract)
        {
            RemoveOldSocket(path);
        }

        (Socket? socket, Errno error) = UnixSockets.Listen(endPoint, backlog);
        return socket is null
            ? throw new QmpException($"Failed to bind socket to {path}: {error.Describe()}")
            : new SocketListener([socket], isAbstract ? null : path);
    }

    private static void RemoveOldSocket(string path)
    {
        Errno error = UnixSockets.Remove(path);
        if (error is not (Errno.None or Errno.ENOENT))
        {
            throw new QmpException($"Failed to unlink socket {path}: {error.Describe()}");
        }
    }

    private static List<Socket> OpenInet(InetSocketAddress address, int backlog)
    {
        List<Socket> sockets = [];
        var failure = new QmpException("Failed to create a socket");
        foreach (IPEndPoint endPoint in AddressResolver.Resolve(address, passive: true))
        {
            for (int port = endPoint.Port; port <= Math.Max(LastPort(address, endPoint), 0); port++)
            {
                try
                {
                    sockets.Add(Bind(new IPEndPoint(endPoint.Address, port), AddressResolver.IsIPv6Only(address), backlog));
                    break;
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    failure = new QmpException($"Failed to find an available port: {e.Describe()}", e);
                }
                catch (SocketException e)
                {
                    sockets.ForEach(static socket => socket.Dispose());
                    throw new QmpException($"Failed to bind socket: {e.Describe()}", e);
                }
            }
        }

        return sockets.Count > 0 ? sockets : throw failure;
    }

    /// <summary>The last port of the range. "to" is meant for the port as it was written; names of services have no range.</summary>
    private static int LastPort(InetSocketAddress address, IPEndPoint endPoint)
        => address.To is { } to && int.TryParse(address.Port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? to
            : endPoint.Port;

    private static Socket Bind(IPEndPoint endPoint, bool ipv6Only, int backlog)
    {
        try
        {
            return BindOnce(endPoint, ipv6Only, backlog);
        }
        catch (SocketException e) when (
            e.SocketErrorCode == SocketError.AddressAlreadyInUse && endPoint.AddressFamily == AddressFamily.InterNetworkV6 && !ipv6Only)
        {
            // The IPv4 half may be taken, even by this very listener.
            return BindOnce(endPoint, ipv6Only: true, backlog);
        }
    }

    private static Socket BindOnce(IPEndPoint endPoint, bool ipv6Only, int backlog)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = !ipv6Only;
            }

            socket.Bind(endPoint);
            socket.Listen(backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
