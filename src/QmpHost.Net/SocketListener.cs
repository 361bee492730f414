using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using SocketAddress = QmpHost.Qapi.Schema.SocketAddress;

namespace QmpHost.Net;

/// <summary>The sockets that listen on one address; a host name may stand for several.</summary>
public sealed class SocketListener
{
    private readonly byte[]? _path;
    private readonly Task<Socket>?[] _accepting;

    private SocketListener(IReadOnlyList<Socket> sockets, byte[]? path)
    {
        Sockets = sockets;
        _accepting = new Task<Socket>?[sockets.Count];
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
        VsockSocketAddress vsock => throw VsockAddress.Refuse(vsock),
        _ => throw new QmpException("only QEMU supports file descriptor passing"),
    };

    /// <summary>Takes a descriptor over that the process inherited or was passed, and listens on it.</summary>
    /// <param name="descriptor">The descriptor of a bound socket.</param>
    /// <param name="backlog">Clients that may wait to be accepted.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="QmpException">It is no socket.</exception>
    public static SocketListener Inherit(int descriptor, int backlog) => Inherit(SocketConnector.Inherit(descriptor), backlog);

    /// <summary>Listens on a bound socket.</summary>
    /// <param name="socket">The socket, which belongs to the listener from now on.</param>
    /// <param name="backlog">Clients that may wait to be accepted.</param>
    /// <returns>The listener.</returns>
    public static SocketListener Inherit(Socket socket, int backlog)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.Listen(backlog);
        return new SocketListener([socket], path: null);
    }

    /// <summary>Waits for the next client on any of the sockets. One caller at a time.</summary>
    /// <param name="cancellationToken">Ends the wait; a client that comes later is kept for the next call.</param>
    /// <returns>The client.</returns>
    /// <exception cref="SocketException">A client left at once, there are no descriptors, or the listener was closed.</exception>
    public async Task<Socket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < _accepting.Length; i++)
        {
            _accepting[i] ??= Sockets[i].AcceptAsync(CancellationToken.None).AsTask();
        }

        Task<Socket> first = await Task.WhenAny(_accepting!).WaitAsync(cancellationToken).ConfigureAwait(false);
        _accepting[Array.IndexOf(_accepting, first)] = null;
        return await first.ConfigureAwait(false);
    }

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
        if (address.Path.Length == 0 && !isAbstract)
        {
            address = address with { Path = Path.Combine(Path.GetTempPath(), "qemu-socket-" + Path.GetRandomFileName()[..6]) };
        }

        byte[] system = UnixAddress.ToSystem(address);
        byte[]? path = isAbstract ? null : UnixAddress.ToPath(address.Path);
        if (path is not null && UnixSockets.Remove(path) is var failure and not (0 or SystemErrors.NoEntry))
        {
            throw new QmpException($"Failed to unlink socket {address.Path}: {SystemErrors.Describe(failure)}");
        }

        (Socket? socket, int error) = UnixSockets.Listen(system, backlog);
        return socket is null
            ? throw new QmpException($"Failed to bind socket to {address.Path}: {SystemErrors.Describe(error)}")
            : new SocketListener([socket], path);
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
            if (OperatingSystem.IsLinux())
            {
                // .NET's own option would let others listen on the same port, too.
                const int socketLevel = 1, reuseAddress = 2;
                socket.SetRawSocketOption(socketLevel, reuseAddress, [1, 0, 0, 0]);
            }

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
