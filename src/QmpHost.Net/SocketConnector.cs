using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
using SocketAddress = QmpHost.Qapi.Schema.SocketAddress;

namespace QmpHost.Net;

/// <summary>Makes connected sockets, with QEMU's errors. May be used on any thread.</summary>
public static class SocketConnector
{
    /// <summary>Connects to an address; a host's addresses are tried one after the other.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="QmpException">Nobody could be reached there.</exception>
    public static Task<Socket> ConnectAsync(SocketAddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Branch switch
        {
            InetSocketAddress inet => Task.Run(() => ConnectInetAsync(inet, cancellationToken), cancellationToken),
            UnixSocketAddress unix => Task.Run(() => ConnectUnix(unix), CancellationToken.None).WaitAsync(cancellationToken),
            VsockSocketAddress vsock => throw VsockAddress.Refuse(vsock),
            _ => throw new QmpException("only QEMU supports file descriptor passing"),
        };
    }

    /// <summary>Takes a descriptor over that the process inherited or was passed.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="QmpException">It is no socket.</exception>
    public static Socket Inherit(int descriptor)
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

    /// <summary>Takes a descriptor over that the process was passed, from whoever has held it until now.</summary>
    /// <param name="descriptor">The descriptor, whose holder gives it up.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="QmpException">It is no socket.</exception>
    public static Socket Inherit(SafeFileHandle descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        int number = (int)descriptor.DangerousGetHandle();
        descriptor.SetHandleAsInvalid();
        return Inherit(number);
    }

    /// <summary>Makes a datagram socket that sends to one address and receives at another.</summary>
    /// <param name="remote">Where it sends to.</param>
    /// <param name="local">Where it receives; an empty host stands for every address.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="QmpException">An address cannot be resolved or bound.</exception>
    public static Socket OpenDatagram(InetSocketAddress remote, InetSocketAddress local)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentNullException.ThrowIfNull(local);
        IPEndPoint peer = AddressResolver.Resolve(remote, passive: false)[0];
        List<IPEndPoint> candidates = AddressResolver.Resolve(local, passive: true);
        IPEndPoint own = candidates.Find(one => one.AddressFamily == peer.AddressFamily) ?? candidates[0];
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
            throw new QmpException($"Failed to bind socket: {e.Describe()}", e);
        }
    }

    private static Socket ConnectUnix(UnixSocketAddress address)
    {
        if (address.Path.Length == 0 && address.Abstract != true)
        {
            // Nobody can listen there.
            throw new QmpException($"Failed to connect to '': {SystemErrors.Describe(SystemErrors.ConnectionRefused)}");
        }

        (Socket? socket, int error) = UnixSockets.Connect(UnixAddress.ToSystem(address));
        return socket ?? throw new QmpException($"Failed to connect to '{address.Path}': {SystemErrors.Describe(error)}");
    }

    private static async Task<Socket> ConnectInetAsync(InetSocketAddress address, CancellationToken cancellationToken)
    {
        SocketException? failure = null;
        foreach (IPEndPoint endPoint in AddressResolver.Resolve(address, passive: false))
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
                if (address.KeepAlive == true)
                {
                    socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                    KeepAlive(socket, SocketOptionName.TcpKeepAliveRetryCount, address.KeepAliveCount);
                    KeepAlive(socket, SocketOptionName.TcpKeepAliveTime, address.KeepAliveIdle);
                    KeepAlive(socket, SocketOptionName.TcpKeepAliveInterval, address.KeepAliveInterval);
                }

                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new QmpException($"Failed to connect to '{address.Host}:{address.Port}': {failure?.Describe()}", failure!);
    }

    // 0 leaves what the system has.
    private static void KeepAlive(Socket socket, SocketOptionName option, uint? value)
    {
        if (value is > 0 and { } given)
        {
            socket.SetSocketOption(SocketOptionLevel.Tcp, option, (int)Math.Min(given, int.MaxValue));
        }
    }
}
