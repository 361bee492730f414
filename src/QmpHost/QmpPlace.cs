using System.Net;
using System.Net.Sockets;
using QmpHost.Client;

namespace QmpHost;

/// <summary>Where a QMP server listens, as the subcommands take it: "PATH", "unix:PATH" or "tcp:HOST:PORT".</summary>
internal static class QmpPlace
{
    private const string Tcp = "tcp:";
    private const string Unix = "unix:";

    /// <summary>Whether a text names a socket, rather than an image.</summary>
    /// <param name="place">The text.</param>
    public static bool IsSocket(string place)
        => place.StartsWith(Tcp, StringComparison.Ordinal) || place.StartsWith(Unix, StringComparison.Ordinal)
            || (File.Exists(place) && OperatingSystem.IsLinux() && IsSocketFile(place));

    /// <summary>Connects a client.</summary>
    /// <param name="place">The place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with the client, not yet negotiated.</returns>
    /// <exception cref="FormatException">It is no place.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<QmpClient> ConnectAsync(string place, CancellationToken cancellationToken)
        => await QmpClient.AttachAsync(await OpenAsync(place, cancellationToken), cancellationToken: cancellationToken);

    /// <summary>Opens a connection.</summary>
    /// <param name="place">The place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with its stream.</returns>
    /// <exception cref="FormatException">It is no place.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<Stream> OpenAsync(string place, CancellationToken cancellationToken)
    {
        EndPoint endPoint = Parse(place);
        var socket = new Socket(endPoint is DnsEndPoint ? AddressFamily.InterNetwork : endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint Parse(string place)
    {
        if (!place.StartsWith(Tcp, StringComparison.Ordinal))
        {
            return new UnixDomainSocketEndPoint(place.StartsWith(Unix, StringComparison.Ordinal) ? place[Unix.Length..] : place);
        }

        int colon = place.LastIndexOf(':');
        return colon > Tcp.Length && ushort.TryParse(place[(colon + 1)..], out ushort port)
            ? new DnsEndPoint(place[Tcp.Length..colon], port, AddressFamily.InterNetwork)
            : throw new FormatException($"'{place}' is no address: write tcp:HOST:PORT.");
    }

    // The platform tells files of this kind apart from ordinary ones by their attributes only.
    private static bool IsSocketFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
