using QmpHost.Qapi.Schema;

namespace QmpHost.Protocol.Chardev;

/// <summary>Where a socket device listens or connects. Exactly one of path, host and descriptor is set.</summary>
public sealed record SocketAddress
{
    /// <summary>The path of a unix socket.</summary>
    public string? Path { get; init; }

    /// <summary>Whether the path is a name in the abstract namespace of Linux; null where nobody said, for no.</summary>
    public bool? IsAbstract { get; init; }

    /// <summary>Whether an abstract name ends where it ends, rather than being filled up with zero bytes; null where nobody said, for yes.</summary>
    public bool? IsTight { get; init; }

    /// <summary>Name or address of a host; empty for all addresses of this one.</summary>
    public string? Host { get; init; }

    /// <summary>The port, as text.</summary>
    public string Port { get; init; } = string.Empty;

    /// <summary>The last port to try, if the first ones are taken; null to try one only.</summary>
    public int? LastPort { get; init; }

    /// <summary>Whether IPv4 may be used; null to leave it open.</summary>
    public bool? IPv4 { get; init; }

    /// <summary>Whether IPv6 may be used; null to leave it open.</summary>
    public bool? IPv6 { get; init; }

    /// <summary>A file descriptor that the process inherited.</summary>
    public int? Descriptor { get; init; }

    /// <summary>The address in the schema's words; it must not be a descriptor.</summary>
    internal Qapi.Schema.SocketAddress ToSchema() => Path is null
        ? Qapi.Schema.SocketAddress.Of(SocketAddressType.Inet, ToInet())
        : new Qapi.Schema.SocketAddress.Unix { Path = Path, Abstract = IsAbstract, Tight = IsTight };

    /// <summary>The host and port in the schema's words.</summary>
    internal InetSocketAddress ToInet()
        => new() { Host = Host ?? string.Empty, Port = Port, To = (ushort?)LastPort, Ipv4 = IPv4, Ipv6 = IPv6 };

    /// <summary>The address as QEMU shows it.</summary>
    /// <returns>For example <c>unix:/run/vm.sock</c>.</returns>
    public override string ToString() => Path is not null ? "unix:" + Path : Host is not null ? $"tcp:{Host}:{Port}" : "fd:" + Descriptor;
}
