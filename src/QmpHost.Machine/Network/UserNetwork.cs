using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Network;

/// <summary>The addresses of a network that the emulator itself would be the router of.</summary>
/// <param name="Network">The network's address.</param>
/// <param name="IsRestricted">Whether the guest reaches nobody else.</param>
/// <param name="FirstGuest">The address that the first guest would be given.</param>
internal sealed record UserNetwork(uint Network, bool IsRestricted, uint FirstGuest)
{
    private const uint UsualGuest = 15;
    private const uint DefaultNetwork = 0x0a000200;
    private const int DefaultBits = 24, FewestBits = 4, AllBits = 32;
    private const int MostIPv6Bits = 126;

    /// <summary>How listings show it.</summary>
    public string Description
        => $"net={AddressOf(Network)},restrict={(IsRestricted ? "on" : "off")}";

    /// <summary>Opens the ports that lead to a guest.</summary>
    /// <param name="rules">The rules; the last is tried first.</param>
    /// <exception cref="QmpException">A rule is wrong, or its port is taken.</exception>
    public HostForwarding Open(IEnumerable<string> rules)
    {
        var forwarding = new HostForwarding(AddressOf(FirstGuest));
        try
        {
            foreach (string rule in rules.Reverse())
            {
                forwarding.Add(rule);
            }

            return forwarding;
        }
        catch (QmpException)
        {
            forwarding.Dispose();
            throw;
        }
    }

    /// <summary>Reads the options of a backend of the kind "user".</summary>
    /// <param name="options">The options.</param>
    /// <returns>The network.</returns>
    /// <exception cref="QmpException">An address is wrong, or is not of the network.</exception>
    public static UserNetwork Read(NetdevUserOptions options)
    {
        if (options is { Ipv4: false, Ipv6: false })
        {
            throw new QmpException("IPv4 and IPv6 disabled");
        }

        (uint network, uint mask) = ReadNetwork(options.Net);
        RequireMember(options.Host, "host", "Host", network, mask);
        RequireMember(options.Dhcpstart, "DHCP start address", "DHCP", network, mask);
        RequireMember(options.Dns, "DNS", "DNS", network, mask);
        if (options.Smbserver is { } server && !TryRead(server, out _))
        {
            throw new QmpException("Failed to parse SMB address");
        }

        CheckIPv6(options);
        if (options.Domainname is "")
        {
            throw new QmpException("'domainname' parameter cannot be empty");
        }

        CheckForwarding(options);
        uint firstGuest = options.Dhcpstart is { } start && TryRead(start, out uint given) ? given : network + UsualGuest;
        return new UserNetwork(network, options.Restrict == true, firstGuest);
    }

    private static void CheckIPv6(NetdevUserOptions options)
    {
        RequireIPv6(options.Ipv6Prefix, "prefix");
        if (options.Ipv6Prefixlen is < 0 or > MostIPv6Bits)
        {
            throw new QmpException($"Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 and {MostIPv6Bits})");
        }

        RequireIPv6(options.Ipv6Host, "host");
        RequireIPv6(options.Ipv6Dns, "DNS");
    }

    private static void CheckForwarding(NetdevUserOptions options)
    {
        if (options.Guestfwd?.FirstOrDefault(static rule => !rule.Str.Contains(':', StringComparison.Ordinal)) is { } guest)
        {
            throw new QmpException($"Invalid guest forwarding rule '{guest.Str}'");
        }

        if (options.Smb is not null && !File.Exists("/usr/sbin/smbd"))
        {
            throw new QmpException("Could not find '/usr/sbin/smbd', please install it");
        }
    }

    private static (uint Network, uint Mask) ReadNetwork(string? text)
    {
        if (text is null)
        {
            return (DefaultNetwork, MaskOf(DefaultBits));
        }

        string[] parts = text.Split('/', 2);
        if (!TryRead(parts[0], out uint address))
        {
            throw new QmpException("Failed to parse netmask");
        }

        // Without a mask, the class of the address decides.
        uint mask = address switch
        {
            < 0x80000000 => MaskOf(8),
            < 0xc0000000 => MaskOf(16),
            _ => MaskOf(24),
        };
        if (parts.Length > 1)
        {
            mask = int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int bits)
                ? bits is >= FewestBits and <= AllBits ? MaskOf(bits) : throw new QmpException($"Invalid netmask provided (must be in range {FewestBits}-{AllBits})")
                : TryRead(parts[1], out uint given) ? given : throw new QmpException("Failed to parse netmask");
        }

        return (address & mask, mask);
    }

    private static void RequireMember(string? text, string what, string who, uint network, uint mask)
    {
        if (text is null)
        {
            return;
        }

        if (!TryRead(text, out uint address))
        {
            throw new QmpException($"Failed to parse {what}");
        }

        if ((address & mask) != network)
        {
            throw new QmpException($"{who} doesn't belong to network");
        }
    }

    private static void RequireIPv6(string? text, string what)
    {
        if (text is not null && (!IPAddress.TryParse(text, out IPAddress? address) || address.AddressFamily != AddressFamily.InterNetworkV6))
        {
            throw new QmpException($"Failed to parse IPv6 {what}");
        }
    }

    private static IPAddress AddressOf(uint address) => new(BinaryPrimitives.ReverseEndianness(address));

    private static uint MaskOf(int bits) => uint.MaxValue << (AllBits - bits);

    private static bool TryRead(string text, out uint address)
    {
        bool isAddress = IPAddress.TryParse(text, out IPAddress? parsed) && parsed.AddressFamily == AddressFamily.InterNetwork;
        address = isAddress ? BinaryPrimitives.ReadUInt32BigEndian(parsed!.GetAddressBytes()) : 0;
        return isAddress;
    }
}
