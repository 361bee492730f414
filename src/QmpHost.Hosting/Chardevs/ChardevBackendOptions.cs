using System.Globalization;
using QmpHost.Net;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Chardevs;

/// <summary>Writes the character devices of chardev-add in the keys of option -chardev, so that both are made in one way.</summary>
internal static class ChardevBackendOptions
{
    /// <summary>The keys and values of a device.</summary>
    /// <param name="backend">The device.</param>
    public static Dictionary<string, string> ToOptions(ChardevBackend backend)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal) { ["backend"] = backend.Type.ToWire() };
        switch (backend.Branch)
        {
            case ChardevFileWrapper { Data: var file }:
                Put(options, "path", file.Out);
                Put(options, "input-path", file.In);
                Put(options, "append", file.Append);
                PutLog(options, file.Logfile, file.Logappend, file.Logtimestamp);
                break;
            case ChardevHostdevWrapper { Data: var port }:
                Put(options, "path", port.Device);
                PutLog(options, port.Logfile, port.Logappend, port.Logtimestamp);
                break;
            case ChardevSocketWrapper { Data: var socket }:
                PutSocket(options, socket);
                break;
            case ChardevUdpWrapper { Data: var udp }:
                PutLog(options, udp.Logfile, udp.Logappend, udp.Logtimestamp);
                PutRemote(options, udp);
                break;
            case ChardevMuxWrapper { Data: var mux }:
                Put(options, "chardev", mux.Chardev);
                PutLog(options, mux.Logfile, mux.Logappend, mux.Logtimestamp);
                break;
            case ChardevHubWrapper { Data: var hub }:
                for (int i = 0; i < Math.Min(hub.Chardevs.Count, HubDevice.Keys.Count); i++)
                {
                    options[HubDevice.Keys[i]] = hub.Chardevs[i];
                }

                PutLog(options, hub.Logfile, hub.Logappend, hub.Logtimestamp);
                break;
            case ChardevPtyWrapper { Data: var terminal }:
                Put(options, "path", terminal.Path);
                PutLog(options, terminal.Logfile, terminal.Logappend, terminal.Logtimestamp);
                break;
            case ChardevRingbufWrapper { Data: var ring }:
                // A buffer of no bytes is one of the usual size.
                Put(options, "size", ring.Size is 0 or null ? null : unchecked((ulong)ring.Size.Value).ToString(CultureInfo.InvariantCulture));
                PutLog(options, ring.Logfile, ring.Logappend, ring.Logtimestamp);
                break;
            case ChardevStdioWrapper { Data: var stdio }:
                PutLog(options, stdio.Logfile, stdio.Logappend, stdio.Logtimestamp);
                break;
            case ChardevVCWrapper { Data: var console }:
                PutLog(options, console.Logfile, console.Logappend, console.Logtimestamp);
                break;
            case ChardevCommonWrapper { Data: var common }:
                PutLog(options, common.Logfile, common.Logappend, common.Logtimestamp);
                break;
            default:
                break;
        }

        return options;
    }

    private static void PutSocket(Dictionary<string, string> options, ChardevSocket socket)
    {
        PutLog(options, socket.Logfile, socket.Logappend, socket.Logtimestamp);
        PutAddress(options, socket.Addr);
        bool isServer = socket.Server ?? true;
        Put(options, "server", isServer);
        Put(options, "wait", isServer ? socket.Wait ?? false : socket.Wait);
        Put(options, "nodelay", socket.Nodelay);
        Put(options, "telnet", socket.Telnet);
        Put(options, "tn3270", socket.Tn3270);
        Put(options, "websocket", socket.Websocket);
        Put(options, "reconnect", socket.Reconnect is > 0 and { } seconds ? seconds.ToString(CultureInfo.InvariantCulture) : null);
        Put(options, "reconnect-ms", socket.ReconnectMs?.ToString(CultureInfo.InvariantCulture));
        Put(options, "tls-creds", socket.TlsCreds);
        Put(options, "tls-authz", socket.TlsAuthz);
    }

    private static void PutAddress(Dictionary<string, string> options, SocketAddressLegacy address)
    {
        switch (address.Branch)
        {
            case InetSocketAddressWrapper { Data: var inet }:
                Put(options, "host", inet.Host);
                Put(options, "port", inet.Port);
                Put(options, "to", inet.To?.ToString(CultureInfo.InvariantCulture));
                Put(options, "ipv4", inet.Ipv4);
                Put(options, "ipv6", inet.Ipv6);
                break;
            case UnixSocketAddressWrapper { Data: var unix }:
                Put(options, "path", unix.Path);
                Put(options, "abstract", unix.Abstract);
                Put(options, "tight", unix.Tight);
                break;
            case StringWrapper { Data: var text }:
                Put(options, "fd", text.Str);
                break;
            case VsockSocketAddressWrapper { Data: var vsock }:
                throw VsockAddress.Refuse(vsock);
            default:
                throw new Qapi.QmpException("Failed to bind socket: Cannot assign requested address");
        }
    }

    private static void PutRemote(Dictionary<string, string> options, ChardevUdp udp)
    {
        if (udp.Remote.Branch is not InetSocketAddressWrapper { Data: var remote })
        {
            throw new Qapi.QmpException("socket type unsupported for datagram");
        }

        Put(options, "host", remote.Host);
        Put(options, "port", remote.Port);
        Put(options, "ipv4", remote.Ipv4);
        Put(options, "ipv6", remote.Ipv6);
        if (udp.Local?.Branch is InetSocketAddressWrapper { Data: var local })
        {
            Put(options, "localaddr", local.Host);
            Put(options, "localport", local.Port);
        }
    }

    private static void PutLog(Dictionary<string, string> options, string? path, bool? append, bool? timestamp)
    {
        Put(options, "logfile", path);
        Put(options, "logappend", append);
        Put(options, "logtimestamp", timestamp);
    }

    private static void Put(Dictionary<string, string> options, string key, string? value)
    {
        if (value is not null)
        {
            options[key] = value;
        }
    }

    private static void Put(Dictionary<string, string> options, string key, bool? value)
        => Put(options, key, value is { } flag ? flag ? "on" : "off" : null);
}
