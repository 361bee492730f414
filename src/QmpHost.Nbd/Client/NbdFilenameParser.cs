using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Client;

/// <summary>
/// Reads names of exports: URIs ("nbd://host:port/export", "nbd+unix:///export?socket=path") and the older notation
/// ("nbd:host:port:exportname=export", "nbd:unix:path").
/// </summary>
internal static class NbdFilenameParser
{
    private const string DefaultPort = "10809";
    private const string OldPrefix = "nbd:";
    private const string OldUnixPrefix = "unix:";
    private const string OldExport = ":exportname=";
    private const string SocketParameter = "socket=";

    /// <summary>The protocols that names of exports begin with.</summary>
    public static IReadOnlyList<string> Protocols { get; } = ["nbd", "nbd+tcp", "nbd+unix"];

    /// <summary>Reads a name.</summary>
    /// <param name="filename">The name.</param>
    /// <returns>Where the server is, and which export is meant.</returns>
    /// <exception cref="QmpException">The name makes no sense; the text is QEMU's.</exception>
    public static BlockdevOptionsNbd Parse(string filename)
        => filename.Contains("://", StringComparison.Ordinal) ? ParseUri(filename) : ParseOld(filename);

    private static BlockdevOptionsNbd ParseUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || !Protocols.Contains(uri.Scheme))
        {
            throw new QmpException("No valid URL specified");
        }

        SocketAddress? server = uri.Scheme == "nbd+unix" ? UnixServer(uri) : InetServer(uri);
        return new BlockdevOptionsNbd { Server = server ?? throw new QmpException("No valid URL specified"), Export = ExportOf(text) };
    }

    private static SocketAddress.Unix? UnixServer(Uri uri)
    {
        string query = uri.Query.TrimStart('?');
        bool isValid = uri.Host.Length == 0 && query.StartsWith(SocketParameter, StringComparison.Ordinal) && !query.Contains('&', StringComparison.Ordinal);
        return isValid ? Unix(Uri.UnescapeDataString(query[SocketParameter.Length..])) : null;
    }

    private static SocketAddress.Inet? InetServer(Uri uri)
    {
        string port = uri.Port < 0 ? DefaultPort : uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return uri.Host.Length > 0 && uri.Query.Length == 0 ? Inet(uri.Host.Trim('[', ']'), port) : null;
    }

    // Taken from the text itself: every slash of an export's name counts, which a parser of URIs may see otherwise.
    private static string? ExportOf(string text)
    {
        string rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        int end = rest.IndexOfAny(['?', '#']);
        rest = end < 0 ? rest : rest[..end];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 || slash + 1 == rest.Length ? null : Uri.UnescapeDataString(rest[(slash + 1)..]);
    }

    private static BlockdevOptionsNbd ParseOld(string text)
    {
        if (!text.StartsWith(OldPrefix, StringComparison.Ordinal))
        {
            throw new QmpException("File name string for NBD must start with 'nbd:'");
        }

        string server = text[OldPrefix.Length..];
        string? export = null;
        int at = server.IndexOf(OldExport, StringComparison.Ordinal);
        if (at >= 0)
        {
            export = server[(at + OldExport.Length)..];
            server = export.Length == 0 ? "" : server[..at];
        }

        if (server.Length == 0)
        {
            throw new QmpException("NBD server address missing");
        }

        return new BlockdevOptionsNbd
        {
            Server = server.StartsWith(OldUnixPrefix, StringComparison.Ordinal) ? Unix(server[OldUnixPrefix.Length..]) : ParseInet(server),
            Export = export,
        };
    }

    private static SocketAddress.Inet ParseInet(string text)
    {
        bool isBracketed = text[0] == '[';
        int end = text.IndexOf(isBracketed ? "]:" : ":", StringComparison.Ordinal);
        int port = end + (isBracketed ? 2 : 1);
        int portEnd = text.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0 ? comma : text.Length;
        if (end < 0 || portEnd <= port)
        {
            throw new QmpException($"error parsing {(isBracketed ? "IPv6 address" : end == 0 ? "port in address" : "address")} '{text}'");
        }

        return Inet(text[(isBracketed ? 1 : 0)..end], text[port..portEnd]);
    }

    private static SocketAddress.Unix Unix(string path)
        => new() { Path = path };

    private static SocketAddress.Inet Inet(string host, string port)
        => new() { Host = host, Port = port };
}
