using QmpHost.Protocol.Client;

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

    /// <summary>Connects.</summary>
    /// <param name="place">The place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with the client, not yet negotiated.</returns>
    /// <exception cref="FormatException">It is no place.</exception>
    public static Task<QmpClient> ConnectAsync(string place, CancellationToken cancellationToken)
    {
        if (!place.StartsWith(Tcp, StringComparison.Ordinal))
        {
            return QmpClient.ConnectUnixAsync(place.StartsWith(Unix, StringComparison.Ordinal) ? place[Unix.Length..] : place, cancellationToken: cancellationToken);
        }

        int colon = place.LastIndexOf(':');
        return colon > Tcp.Length && int.TryParse(place[(colon + 1)..], out int port)
            ? QmpClient.ConnectTcpAsync(place[Tcp.Length..colon], port, cancellationToken: cancellationToken)
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
