using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>The older form of socket addresses, which wraps what the newer one has at its top.</summary>
public static class SocketAddressLegacyExtensions
{
    /// <summary>Gives the newer form.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The same address.</returns>
    public static SocketAddress Flatten(this SocketAddressLegacy address) => SocketAddress.Of(address.Type, address switch
    {
        SocketAddressLegacy.Inet inet => inet.Data,
        SocketAddressLegacy.Unix unix => unix.Data,
        SocketAddressLegacy.Vsock vsock => vsock.Data,
        SocketAddressLegacy.Fd descriptor => descriptor.Data,
        _ => null,
    });
}
