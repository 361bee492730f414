using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>How the state of a machine travels.</summary>
internal enum MigrationTransport
{
    Socket,
    Command,
    Descriptor,
}

/// <summary>Where a migration goes to or comes from: the "uri" of migrate, migrate-incoming and -incoming.</summary>
/// <param name="Transport">How it travels.</param>
/// <param name="Text">What stands behind the colon.</param>
/// <param name="Socket">The address of a socket, or null.</param>
internal sealed record MigrationAddress(MigrationTransport Transport, string Text, SocketAddress? Socket = null)
{
    /// <summary>What messages call the thing that is read or written.</summary>
    public string Kind => Transport switch
    {
        MigrationTransport.Socket => "socket",
        MigrationTransport.Command => "command",
        _ => "file",
    };

    /// <summary>Reads a text.</summary>
    /// <param name="uri">The text.</param>
    /// <exception cref="QmpException">The address after a known scheme is wrong.</exception>
    /// <returns>The address, or null where the scheme is not known.</returns>
    public static MigrationAddress? TryParse(string uri)
    {
        int colon = uri.IndexOf(':', StringComparison.Ordinal);
        string rest = colon < 0 ? string.Empty : uri[(colon + 1)..];
        return colon < 0 ? null : uri[..colon] switch
        {
            "tcp" => new MigrationAddress(MigrationTransport.Socket, rest, ParseInet(rest)),
            "unix" => new MigrationAddress(MigrationTransport.Socket, rest, ParseUnix(rest)),
            "vsock" => new MigrationAddress(MigrationTransport.Socket, rest, ParseVsock(rest)),
            "exec" => new MigrationAddress(MigrationTransport.Command, rest),
            "fd" => new MigrationAddress(MigrationTransport.Descriptor, rest),
            _ => null,
        };
    }

    private static SocketAddress ParseInet(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon < 0
            ? throw new QmpException($"error parsing address '{text}'")
            : new SocketAddress
            {
                Type = SocketAddressType.Inet,
                Branch = new InetSocketAddress { Host = text[..colon].Trim('[', ']'), Port = text[(colon + 1)..].Split(',')[0] },
            };
    }

    private static SocketAddress ParseUnix(string text) => text.Length == 0
        ? throw new QmpException("invalid Unix socket address")
        : new SocketAddress { Type = SocketAddressType.Unix, Branch = new UnixSocketAddress { Path = text } };

    private static SocketAddress ParseVsock(string text) => text.Split(':') is [var cid, var port]
        ? new SocketAddress { Type = SocketAddressType.Vsock, Branch = new VsockSocketAddress { Cid = cid, Port = port } }
        : throw new QmpException($"error parsing address '{text}'");
}
