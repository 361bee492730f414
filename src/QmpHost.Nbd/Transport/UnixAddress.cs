using System.Net.Sockets;
using System.Text;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Transport;

/// <summary>Endpoints of unix sockets, in the file system or abstract.</summary>
internal static class UnixAddress
{
    private const int MaxPathBytes = 108;

    /// <summary>Makes the endpoint of an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="QmpException">The path is too long.</exception>
    public static UnixDomainSocketEndPoint ToEndPoint(UnixSocketAddress address)
    {
        bool isAbstract = address.Abstract == true;
        int length = Encoding.UTF8.GetByteCount(address.Path);
        if (length + (isAbstract ? 1 : 0) > MaxPathBytes)
        {
            throw new QmpException($"UNIX socket path '{address.Path}' is too long");
        }

        if (!isAbstract)
        {
            return new UnixDomainSocketEndPoint(address.Path);
        }

        // A name that is not tight fills the whole address with zeroes.
        string name = "\0" + address.Path;
        return new UnixDomainSocketEndPoint(address.Tight == false ? name.PadRight(MaxPathBytes - length + address.Path.Length, '\0') : name);
    }
}
