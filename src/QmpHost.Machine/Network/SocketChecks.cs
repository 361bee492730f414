using System.Globalization;
using System.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Network;

/// <summary>What is wrong with backends that send over sockets, before any socket is made.</summary>
internal static class SocketChecks
{
    private const byte FirstGroup = 224, LastGroup = 239;

    /// <summary>Checks a backend of the kind "socket".</summary>
    /// <param name="options">What it is.</param>
    /// <exception cref="QmpException">It lacks something, or an address is wrong.</exception>
    public static void Check(NetdevSocketOptions options)
    {
        int ways = new[] { options.Listen, options.Connect, options.Mcast, options.Udp, options.Fd }.Count(static way => way is not null);
        if (ways != 1)
        {
            throw new QmpException("exactly one of listen=, connect=, mcast= or udp= is required");
        }

        if (options.Localaddr is not null && options.Mcast is null && options.Udp is null)
        {
            throw new QmpException("localaddr= is only valid with mcast= or udp=");
        }

        if (options.Fd is { } descriptor && !int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new QmpException($"File descriptor named '{descriptor}' has not been found");
        }

        if ((options.Listen ?? options.Connect) is { } address)
        {
            RequirePort(address);
        }

        if (options.Mcast is { } group)
        {
            RequireGroup(group);
        }

        if (options.Udp is { } peer)
        {
            RequirePort(options.Localaddr ?? throw new QmpException("localaddr= is mandatory with udp="));
            RequirePort(peer);
        }
    }

    /// <summary>Checks a backend of the kind "stream".</summary>
    /// <param name="options">What it is.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <exception cref="QmpException">Who waits for others is told when to connect again.</exception>
    public static void Check(NetdevStreamOptions options, VersionProfile profile)
    {
        bool hasBoth = profile.Has(Behaviour.StreamsCountSeconds);
        if (options.Server == true && (options.Reconnect ?? options.ReconnectMs) is not null)
        {
            throw new QmpException(hasBoth
                ? "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode"
                : "'reconnect-ms' option is incompatible with socket in server mode");
        }

        QmpException.ThrowIf(
            options.Reconnect is not null && options.ReconnectMs is not null, "'reconnect' and 'reconnect-ms' are mutually exclusive");
    }

    /// <summary>Checks a backend of the kind "dgram".</summary>
    /// <param name="options">What it is.</param>
    /// <exception cref="QmpException">It lacks something.</exception>
    public static void Check(NetdevDgramOptions options)
    {
        if (options.Local is not { } local)
        {
            if (options.Remote is { Type: SocketAddressType.Inet, Branch: InetSocketAddress { Host: var host } } && IsGroup(host))
            {
                return;
            }

            throw new QmpException("dgram requires local= parameter");
        }

        bool needsPeer = local.Type is SocketAddressType.Inet or SocketAddressType.Unix;
        if (options.Remote is { } remote)
        {
            if (needsPeer && remote.Type != local.Type)
            {
                throw new QmpException("remote and local types must be the same");
            }
        }
        else if (needsPeer)
        {
            throw new QmpException("type=inet or type=unix requires remote parameter");
        }
    }

    private static void RequirePort(string address)
    {
        if (!address.Contains(':', StringComparison.Ordinal))
        {
            throw new QmpException($"host address '{address}' doesn't contain ':' separating host from port");
        }
    }

    private static void RequireGroup(string address)
    {
        RequirePort(address);
        string host = address[..address.IndexOf(':', StringComparison.Ordinal)];
        if (IPAddress.TryParse(host, out IPAddress? parsed) && !IsGroup(host))
        {
            string number = Convert.ToHexStringLower(parsed.GetAddressBytes());
            throw new QmpException($"specified mcastaddr {host} (0x{number}) does not contain a multicast address");
        }
    }

    private static bool IsGroup(string host)
        => IPAddress.TryParse(host, out IPAddress? address) && address.GetAddressBytes() is [>= FirstGroup and <= LastGroup, _, _, _];
}
