using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Machine.Network;

/// <summary>The ports of the computer that lead to a guest: they are open, and whoever comes waits for a guest that never answers.</summary>
/// <param name="usualGuest">The guest's address where a rule names none.</param>
internal sealed class HostForwarding(IPAddress usualGuest) : IDisposable
{
    private readonly List<(ForwardingRule Rule, Socket Socket)> _open = [];

    /// <summary>Opens a port.</summary>
    /// <param name="text">The rule.</param>
    /// <exception cref="QmpException">The rule is wrong, or the port is taken.</exception>
    public void Add(string text)
    {
        ForwardingRule rule = ForwardingRule.Read(text, usualGuest);
        bool isStream = rule.Protocol == ProtocolType.Tcp;
        var socket = new Socket(AddressFamily.InterNetwork, isStream ? SocketType.Stream : SocketType.Dgram, rule.Protocol);
        try
        {
            socket.Bind(rule.Host);
            if (isStream)
            {
                socket.Listen(1);
            }
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new QmpException($"Could not set up host forwarding rule '{text}'", e);
        }

        _open.Add((rule, socket));
    }

    /// <summary>Closes a port.</summary>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="host">The address and port that are open.</param>
    /// <returns>Whether it was open.</returns>
    public bool Remove(ProtocolType protocol, IPEndPoint host)
    {
        int index = _open.FindIndex(item => item.Rule.Protocol == protocol && host.Equals(item.Socket.LocalEndPoint));
        if (index < 0)
        {
            return false;
        }

        _open[index].Socket.Dispose();
        _open.RemoveAt(index);
        return true;
    }

    /// <summary>The open ports, one a line: streams first, newest first.</summary>
    public string Describe()
    {
        var text = new StringBuilder("  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\n");
        foreach ((ForwardingRule rule, Socket socket) in _open.AsEnumerable().Reverse().OrderBy(static item => item.Rule.Protocol == ProtocolType.Udp))
        {
            var actual = (IPEndPoint)socket.LocalEndPoint!;
            string from = actual.Address.Equals(IPAddress.Any) ? "*" : actual.Address.ToString();
            string protocol = rule.Protocol == ProtocolType.Tcp ? "TCP" : "UDP";
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {protocol}[HOST_FORWARD] {socket.SafeHandle.DangerousGetHandle(),3} {from,15} {actual.Port,5} {rule.Guest.Address,15} {rule.Guest.Port,5}     0     0\n");
        }

        return text.ToString();
    }

    public void Dispose() => _open.ForEach(static item => item.Socket.Dispose());
}
