using System.Net;
using System.Net.Sockets;
using SocketAddress = System.Net.SocketAddress;

namespace QmpHost.Nbd.Transport;

/// <summary>
/// A unix socket's address by its bytes: the platform's own endpoint takes text alone, and leaves the last byte of the longest
/// path to a zero that the system does not need.
/// </summary>
/// <param name="path">The path, or a zero and an abstract name.</param>
internal sealed class UnixPathEndPoint(byte[] path) : EndPoint
{
    /// <summary>The most bytes of a path.</summary>
    public const int MaxPathBytes = 108;

    private const int FamilySize = 2;

    /// <inheritdoc/>
    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <inheritdoc/>
    public override SocketAddress Serialize()
    {
        // A path that leaves room for a zero ends with one.
        bool isAbstract = path.Length > 0 && path[0] == 0;
        int length = isAbstract ? path.Length : Math.Min(path.Length + 1, MaxPathBytes);
        var address = new SocketAddress(AddressFamily.Unix, FamilySize + length);
        path.CopyTo(address.Buffer.Span[FamilySize..]);
        return address;
    }

    /// <inheritdoc/>
    public override EndPoint Create(SocketAddress socketAddress)
        => new UnixPathEndPoint(socketAddress.Buffer.Span[FamilySize..socketAddress.Size].ToArray());
}
