using System.Net.Sockets;
using QmpHost.Net;

namespace QmpHost.Protocol.Chardev;

/// <summary>Makes the sockets of character devices.</summary>
internal static class SocketOpener
{
    /// <summary>Makes listening sockets.</summary>
    public static SocketListener Listen(SocketAddress address)
        => address.Descriptor is { } descriptor ? SocketListener.Inherit(descriptor, 1) : SocketListener.Open(address.ToSchema(), 1);

    /// <summary>Makes a connected socket.</summary>
    public static Task<Socket> ConnectAsync(SocketAddress address, CancellationToken cancellationToken)
        => address.Descriptor is { } descriptor
            ? Task.FromResult(SocketConnector.Inherit(descriptor))
            : SocketConnector.ConnectAsync(address.ToSchema(), cancellationToken);

    /// <summary>Makes a datagram socket that sends to one address and receives at another.</summary>
    public static Socket OpenDatagram(SocketAddress remote, SocketAddress local) => SocketConnector.OpenDatagram(remote.ToInet(), local.ToInet());
}
