using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Transport;

/// <summary>Endpoints of unix sockets, in the file system or abstract.</summary>
internal static class UnixAddress
{
    /// <summary>Makes the endpoint of an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="QmpException">The path is too long.</exception>
    public static UnixPathEndPoint ToEndPoint(UnixSocketAddress address)
    {
        bool isAbstract = address.Abstract == true;
        byte[] path = ModifiedUtf8.GetBytes(address.Path);
        if (path.Length + (isAbstract ? 1 : 0) > UnixPathEndPoint.MaxPathBytes)
        {
            throw new QmpException($"UNIX socket path '{address.Path}' is too long");
        }

        if (!isAbstract)
        {
            return new UnixPathEndPoint(path);
        }

        // A name that is not tight fills the whole address with zeroes.
        byte[] name = new byte[address.Tight == false ? UnixPathEndPoint.MaxPathBytes : path.Length + 1];
        path.CopyTo(name.AsSpan(1));
        return new UnixPathEndPoint(name);
    }
}
