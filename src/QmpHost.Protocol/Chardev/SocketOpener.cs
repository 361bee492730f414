using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Makes listening and connected sockets, with QEMU's errors.</summary>
internal static class SocketOpener
{
    private const int LongestPath = 107;

    /// <summary>Makes a listening socket.</summary>
    public static Socket Listen(SocketAddress address)
    {
        Socket socket = address.Descriptor is { } descriptor ? Inherit(descriptor)
            : address.Path is not null ? BindUnix(address)
            : BindTcp(address);
        socket.Listen(1);
        return socket;
    }

    /// <summary>Makes a connected socket.</summary>
    public static async Task<Socket> ConnectAsync(SocketAddress address, CancellationToken cancellationToken)
    {
        if (address.Descriptor is { } descriptor)
        {
            return Inherit(descriptor);
        }

        if (address.Path is not null)
        {
            return await ConnectAsync(UnixSocket(), UnixEndPoint(address), address.Path, cancellationToken).ConfigureAwait(false);
        }

        List<IPEndPoint> candidates = Resolve(address);
        for (int i = 0; ; i++)
        {
            var socket = new Socket(candidates[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                return await ConnectAsync(socket, candidates[i], $"{address.Host}:{address.Port}", cancellationToken).ConfigureAwait(false);
            }
            catch (QmpException) when (i + 1 < candidates.Count)
            {
                // The host has another address.
            }
        }
    }

    /// <summary>Makes a datagram socket that sends to one address and receives at another.</summary>
    public static Socket OpenDatagram(SocketAddress remote, SocketAddress local)
    {
        IPEndPoint peer = Resolve(remote)[0];
        IPEndPoint own = local.Host!.Length == 0
            ? new IPEndPoint(peer.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, Resolve(local)[0].Port)
            : Resolve(local)[0];
        var socket = new Socket(peer.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(own);
            socket.Connect(peer);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new QmpException($"Failed to bind socket: {Reason(e, isPath: false)}", e);
        }
    }

    private static Socket Inherit(int descriptor)
    {
        try
        {
            var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));

            // .NET takes any descriptor for a socket until something is done with it.
            const int socketLevel = 1, socketType = 3;
            socket.GetRawSocketOption(socketLevel, socketType, new byte[sizeof(int)]);
            return socket;
        }
        catch (SocketException)
        {
            throw new QmpException($"File descriptor '{descriptor}' is not a socket");
        }
    }

    private static Socket UnixSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static UnixDomainSocketEndPoint UnixEndPoint(SocketAddress address)
    {
        string path = address.Path!;
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw new QmpException($"UNIX socket path '{path}' is too long\nPath must be less than {LongestPath + 1} bytes");
        }

        return new UnixDomainSocketEndPoint(
            address.IsAbstract != true ? path : address.IsTight != false ? "\0" + path : ("\0" + path).PadRight(LongestPath + 1, '\0'));
    }

    private static Socket BindUnix(SocketAddress address)
    {
        UnixDomainSocketEndPoint endPoint = UnixEndPoint(address);
        if (address.IsAbstract != true)
        {
            RemoveStale(address.Path!);
        }

        Socket socket = UnixSocket();
        try
        {
            socket.Bind(endPoint);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new QmpException($"Failed to bind socket to {address.Path}: {Reason(e, isPath: true)}", e);
        }
    }

    private static void RemoveStale(string path)
    {
        if (Directory.Exists(path))
        {
            throw new QmpException($"Failed to unlink socket {path}: Is a directory");
        }

        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Binding will fail, and say so.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QmpException($"Failed to unlink socket {path}: {(e is IOException ? e.Message : "Permission denied")}", e);
        }
    }

    private static Socket BindTcp(SocketAddress address)
    {
        List<IPEndPoint> candidates = Resolve(address);
        string failure = "Failed to create a socket";
        foreach (IPEndPoint candidate in candidates)
        {
            for (int port = candidate.Port; port <= (address.LastPort ?? candidate.Port); port++)
            {
                var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(candidate.Address, port));
                    return socket;
                }
                catch (SocketException e)
                {
                    socket.Dispose();
                    failure = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                        ? "Failed to find an available port: " + Reason(e, isPath: false)
                        : "Failed to bind socket: " + Reason(e, isPath: false);
                }
            }
        }

        throw new QmpException(failure);
    }

    private static async Task<Socket> ConnectAsync(Socket socket, EndPoint endPoint, string name, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new QmpException($"Failed to connect to '{name}': {Reason(e, endPoint is UnixDomainSocketEndPoint)}", e);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static List<IPEndPoint> Resolve(SocketAddress address)
    {
        if (address.Port.Length > 0 && !address.Port.All(char.IsAsciiDigit))
        {
            throw Unresolved(address, "Servname not supported for ai_socktype");
        }

        // The resolver takes any number and keeps its last 16 bits.
        ulong.TryParse(address.Port, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        int port = (ushort)number;
        bool isLiteral = IPAddress.TryParse(address.Host, out IPAddress? literal);
        IPAddress[] all = isLiteral ? [literal!] : address.Host!.Length == 0 ? [IPAddress.Any, IPAddress.IPv6Any] : LookUp(address);
        List<IPEndPoint> candidates = [.. all.Where(a => MayUse(address, a.AddressFamily)).Select(a => new IPEndPoint(a, port))];
        return candidates.Count > 0
            ? candidates
            : throw Unresolved(address, isLiteral ? "Address family for hostname not supported" : "Name or service not known");
    }

    private static IPAddress[] LookUp(SocketAddress address)
    {
        try
        {
            return Dns.GetHostAddresses(address.Host!);
        }
        catch (SocketException)
        {
            throw Unresolved(address, "Name or service not known");
        }
    }

    // To ask for one family means to want no other.
    private static bool MayUse(SocketAddress address, AddressFamily family) => family == AddressFamily.InterNetwork
        ? address.IPv4 ?? address.IPv6 != true
        : family == AddressFamily.InterNetworkV6 && (address.IPv6 ?? address.IPv4 != true);

    private static QmpException Unresolved(SocketAddress address, string reason) =>
        new($"address resolution failed for {address.Host}:{address.Port}: {reason}");

    // The platform's error codes reach us only through .NET's own, which have none for files.
    private static string Reason(SocketException e, bool isPath) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "Connection refused",
        SocketError.AddressAlreadyInUse => "Address already in use",
        SocketError.AccessDenied => "Permission denied",
        SocketError.TimedOut => "Connection timed out",
        SocketError.HostUnreachable => "No route to host",
        SocketError.NetworkUnreachable => "Network is unreachable",
        SocketError.AddressNotAvailable => isPath ? "No such file or directory" : "Cannot assign requested address",
        SocketError.SocketError when isPath => "Not a directory",
        _ => e.Message,
    };
}
