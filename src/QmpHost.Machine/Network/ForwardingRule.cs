using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Machine.Network;

/// <summary>What comes to a port of the computer goes to one of a guest.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Host">The address and port of the computer.</param>
/// <param name="Guest">The guest's address and port.</param>
internal sealed record ForwardingRule(ProtocolType Protocol, IPEndPoint Host, IPEndPoint Guest)
{
    /// <summary>Reads a rule: [tcp|udp]:[HOST]:PORT-[GUEST]:PORT.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="usualGuest">The guest's address where the rule names none.</param>
    /// <exception cref="QmpException">It is none.</exception>
    public static ForwardingRule Read(string text, IPAddress usualGuest)
    {
        string rest = text;
        QmpException Wrong(string problem) => new($"Invalid host forwarding rule '{text}' ({problem})");
        string Take(char end, string problem)
        {
            int at = rest.IndexOf(end, StringComparison.Ordinal);
            string part = at < 0 ? throw Wrong(problem) : rest[..at];
            rest = rest[(at + 1)..];
            return part;
        }

        ProtocolType protocol = ProtocolOf(Take(':', "No : separators")) ?? throw Wrong("Bad protocol name");
        IPAddress host = AddressOf(Take(':', "Missing : separator"), IPAddress.Any) ?? throw Wrong("Bad host address");
        int hostPort = PortOf(Take('-', "Bad host port separator"), 0) ?? throw Wrong("Bad host port");
        IPAddress guest = AddressOf(Take(':', "Missing guest address"), usualGuest) ?? throw Wrong("Bad guest address");
        int guestPort = PortOf(rest, 1) ?? throw Wrong("Bad guest port");
        return new ForwardingRule(protocol, new IPEndPoint(host, hostPort), new IPEndPoint(guest, guestPort));
    }

    /// <summary>Reads the computer's side of a rule: [tcp|udp]:[HOST]:PORT.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The protocol and the address, or null where it is none.</returns>
    public static (ProtocolType Protocol, IPEndPoint Host)? ReadHost(string text)
        => text.Split(':') is [var protocol, var address, var port] && ProtocolOf(protocol) is { } known
            && AddressOf(address, IPAddress.Any) is { } host && PortOf(port, 0) is { } number
                ? (known, new IPEndPoint(host, number))
                : null;

    private static ProtocolType? ProtocolOf(string text) => text switch
    {
        "" or "tcp" => ProtocolType.Tcp,
        "udp" => ProtocolType.Udp,
        _ => null,
    };

    private static IPAddress? AddressOf(string text, IPAddress usual)
        => text.Length == 0 ? usual : IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork ? address : null;

    private static int? PortOf(string text, int lowest)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        NumberStyles style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return int.TryParse(isHex ? text.AsSpan(2) : text, style, CultureInfo.InvariantCulture, out int port) && port >= lowest && port <= IPEndPoint.MaxPort ? port : null;
    }
}
