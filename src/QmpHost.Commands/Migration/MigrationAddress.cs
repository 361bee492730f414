using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>How the state of a machine travels.</summary>
internal enum MigrationTransport
{
    Socket,
    Command,
    Descriptor,
    File,
}

/// <summary>Where a migration goes to or comes from: the "uri" of migrate, migrate-incoming and -incoming.</summary>
/// <param name="Transport">How it travels.</param>
/// <param name="Text">What stands behind the colon: of a file, its name.</param>
/// <param name="Socket">The address of a socket, or null.</param>
internal sealed record MigrationAddress(MigrationTransport Transport, string Text, SocketAddress? Socket = null)
{
    /// <summary>Where in a file the state begins, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>What messages call the thing that is read or written.</summary>
    public string Kind => Transport switch
    {
        MigrationTransport.Socket => "socket",
        MigrationTransport.Command => "command",
        _ => "file",
    };

    /// <summary>Reads a text.</summary>
    /// <param name="uri">The text.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <exception cref="QmpException">The address after a known scheme is wrong.</exception>
    /// <returns>The address, or null where the scheme is not known.</returns>
    public static MigrationAddress? TryParse(string uri, VersionProfile profile)
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
            "file" when profile.Has(Behaviour.MigrationAddressIsReadFirst) => ParseFile(rest),
            _ => null,
        };
    }

    /// <summary>Reads a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <exception cref="QmpException">It is of no use.</exception>
    /// <returns>The address.</returns>
    public static MigrationAddress Of(Qapi.Schema.MigrationAddress channel) => channel.Branch switch
    {
        SocketAddress { Branch: QmpHost.Qapi.Schema.String descriptor } => new MigrationAddress(MigrationTransport.Descriptor, descriptor.Str),
        SocketAddress socket => new MigrationAddress(MigrationTransport.Socket, string.Empty, socket),
        MigrationExecCommand { Args.Count: > 0 } command => new MigrationAddress(MigrationTransport.Command, string.Join(' ', command.Args.Select(Quote))),
        FileMigrationArgs file => new MigrationAddress(MigrationTransport.File, file.Filename) { Offset = (long)file.Offset },
        MigrationExecCommand => throw new QmpException("failed to execute an empty command"),
        _ => throw new QmpException("RDMA is not supported by this binary"),
    };

    // Commands go to the shell here: each argument as one word.
    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static MigrationAddress ParseFile(string text)
    {
        const string mark = ",offset=";
        int comma = text.IndexOf(mark, StringComparison.Ordinal);
        if (comma < 0)
        {
            return new MigrationAddress(MigrationTransport.File, text);
        }

        string offset = text[(comma + mark.Length)..];
        return CommandLineScalar.ReadSize(offset) is { } bytes
            ? new MigrationAddress(MigrationTransport.File, text[..comma]) { Offset = (long)bytes }
            : throw new QmpException($"file URI has bad offset {offset}: Invalid argument");
    }

    private static SocketAddress.Inet ParseInet(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon < 0
            ? throw new QmpException($"error parsing address '{text}'")
            : new SocketAddress.Inet
            {
                Host = text[..colon].Trim('[', ']'),
                Port = text[(colon + 1)..].Split(',')[0],
            };
    }

    private static SocketAddress.Unix ParseUnix(string text) => text.Length == 0
        ? throw new QmpException("invalid Unix socket address")
        : new SocketAddress.Unix { Path = text };

    private static SocketAddress.Vsock ParseVsock(string text) => text.Split(':') is [var cid, var port]
        ? new SocketAddress.Vsock { Cid = cid, Port = port }
        : throw new QmpException($"error parsing address '{text}'");
}
