using QmpHost.Net.Tls;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Client;

/// <summary>Where a client connects to, and what it wants there.</summary>
internal sealed record NbdClientOptions
{
    /// <summary>The server's address.</summary>
    public required SocketAddress Server { get; init; }

    /// <summary>The export's name.</summary>
    public string Export { get; init; } = "";

    /// <summary>The metadata context that block status comes from.</summary>
    public string Context { get; init; } = "base:allocation";

    /// <summary>Whether the client asks for extended headers, as QEMU's does since 8.2.</summary>
    public bool AsksForExtendedHeaders { get; init; }

    /// <summary>The credentials to start TLS with, or null for none.</summary>
    public TlsCredentials? Tls { get; init; }

    /// <summary>The name that the server's certificate must bear.</summary>
    public string? TlsHostName { get; init; }
}
