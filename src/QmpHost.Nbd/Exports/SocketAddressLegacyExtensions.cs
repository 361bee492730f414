using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>The older form of socket addresses, which wraps what the newer one has at its top.</summary>
public static class SocketAddressLegacyExtensions
{
    /// <summary>Gives the newer form.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The same address.</returns>
    public static SocketAddress Flatten(this SocketAddressLegacy address) => new()
    {
        Type = address.Type,
        Branch = address.Branch switch
        {
            InetSocketAddressWrapper inet => inet.Data,
            UnixSocketAddressWrapper unix => unix.Data,
            VsockSocketAddressWrapper vsock => vsock.Data,
            StringWrapper text => text.Data,
            _ => null,
        },
    };
}
