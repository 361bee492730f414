using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Net;

/// <summary>
/// Addresses of unix sockets as the system has them, in the file system or abstract. The platform's own endpoints take neither a
/// path that fills the whole address nor one with U+0000.
/// </summary>
internal static class UnixAddress
{
    private const int FamilyBytes = 2;
    private const int MaxPathBytes = 108;
    private const byte FamilyUnix = 1;

    /// <summary>The bytes of a path.</summary>
    public static byte[] ToPath(string path) => ModifiedUtf8.GetBytes(path);

    /// <summary>The address for the system's calls.</summary>
    /// <exception cref="QmpException">The path is too long.</exception>
    public static byte[] ToSystem(UnixSocketAddress address)
    {
        bool isAbstract = address.Abstract == true;
        byte[] path = ToPath(address.Path);
        int start = FamilyBytes + (isAbstract ? 1 : 0);
        if (start + path.Length > FamilyBytes + MaxPathBytes)
        {
            throw new QmpException($"UNIX socket path '{address.Path}' is too long") { Hint = $"Path must be less than {MaxPathBytes} bytes" };
        }

        // A name that is not tight fills the whole address with zeroes; a path ends with one where there is room.
        bool isTight = isAbstract && address.Tight != false;
        byte[] bytes = new byte[isTight ? start + path.Length : FamilyBytes + MaxPathBytes];
        bytes[0] = FamilyUnix;
        path.CopyTo(bytes, start);
        return isAbstract ? bytes : bytes[..Math.Min(bytes.Length, start + path.Length + 1)];
    }
}
