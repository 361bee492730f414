using System.Text;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Client;

/// <summary>The URI that stands for an nbd node where a plain filename is wanted.</summary>
internal static class NbdFilename
{
    // A longer name than the system's longest path is none.
    private const int MaxLength = 4096;

    /// <summary>Makes the URI.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="export">The export's name as it was given, or null.</param>
    /// <returns>The URI, or null where it cannot say everything that was given.</returns>
    public static string? Compose(SocketAddress server, string? export)
    {
        string path = export is null ? "" : "/" + export;
        string? uri = server.Branch switch
        {
            UnixSocketAddress { Abstract: null, Tight: null } unix => $"nbd+unix://{path}?socket={unix.Path}",
            UnixSocketAddress { Abstract: false, Tight: null } unix => $"nbd+unix://{path}?socket={unix.Path}",
            InetSocketAddress { To: null, Ipv4: null, Ipv6: null, KeepAlive: null, Mptcp: null } inet => $"nbd://{inet.Host}:{inet.Port}{path}",
            _ => null,
        };
        return uri is null || Encoding.UTF8.GetByteCount(uri) >= MaxLength ? null : uri;
    }
}
