using System.Globalization;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Protocol.Chardev;

/// <summary>Makes character devices from the keys and values of a <c>-chardev</c> option.</summary>
public static class CharacterDeviceFactory
{
    // In the order of QEMU's listings, which is that of a hash table.
    private static readonly string[] OfEveryProgram =
        ["serial", "mux", "pipe", "parallel", "null", "ringbuf", "stdio", "socket", "file", "memory", "udp", "pty"];

    private static readonly string[] OfSystem =
    [
        "testdev", "pty", "wctablet", "serial", "file", "memory", "udp", "parallel", "vc", "socket", "msmouse", "null", "qemu-vdagent", "pipe", "mux",
        "ringbuf", "stdio",
    ];

    private static readonly string[] OfEveryProgramWithHub =
        ["hub", "serial", "mux", "pipe", "parallel", "null", "ringbuf", "socket", "stdio", "memory", "udp", "file", "pty"];

    private static readonly string[] OfSystemWithHub =
    [
        "testdev", "serial", "wctablet", "file", "udp", "memory", "parallel", "vc", "socket", "msmouse", "null", "hub", "pty", "qemu-vdagent", "pipe", "mux",
        "ringbuf", "stdio",
    ];

    private static readonly string[] OfSystemNewest =
    [
        "testdev", "stdio", "wctablet", "file", "udp", "memory", "parallel", "vc", "socket", "msmouse", "null", "hub", "pty", "qemu-vdagent", "pipe", "mux",
        "serial", "ringbuf",
    ];

    /// <summary>The keys whose values are texts. All backends share one list of keys: a key of another backend is no error.</summary>
    public static IReadOnlyList<string> TextKeys { get; } =
        ["backend", "path", "host", "port", "fd", "localaddr", "localport", "tls-creds", "tls-authz", "name", "chardev", "logfile"];

    /// <summary>The keys whose values are "on" or "off".</summary>
    public static IReadOnlyList<string> SwitchKeys { get; } =
    [
        "ipv4", "ipv6", "wait", "server", "delay", "nodelay", "telnet", "tn3270", "websocket", "mux", "signal", "append", "logappend",
        "mouse", "clipboard", "abstract", "tight",
    ];

    /// <summary>The keys whose values are numbers.</summary>
    public static IReadOnlyList<string> NumberKeys { get; } = ["to", "reconnect", "width", "height", "cols", "rows", "debug"];

    /// <summary>The backends that a program has, in the order of QEMU's listings.</summary>
    /// <param name="environment">The process.</param>
    public static IReadOnlyList<string> Backends(CharacterDeviceEnvironment environment) => environment.Program == QmpProgram.System
        ? environment.HasHub ? environment.ListsKindsAnew ? OfSystemNewest : OfSystemWithHub : OfSystem
        : environment.HasHub ? OfEveryProgramWithHub : OfEveryProgram;

    private static HashSet<string> KnownKeys { get; } = [.. TextKeys, .. SwitchKeys, .. NumberKeys, "size", "input-path", "id", "logtimestamp", "reconnect-ms", .. HubDevice.Keys];

    /// <summary>Makes a device, not open yet.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="options">Keys and values, the key <c>backend</c> among them.</param>
    /// <param name="environment">The process.</param>
    /// <returns>The device.</returns>
    /// <exception cref="QmpException">The options are wrong; the message is QEMU's.</exception>
    public static CharacterDevice Create(string id, IReadOnlyDictionary<string, string> options, CharacterDeviceEnvironment environment)
    {
        Check(options);
        if (!options.TryGetValue("backend", out string? backend))
        {
            throw new QmpException($"chardev: \"{id}\" missing backend");
        }

        if (!Backends(environment).Contains(backend))
        {
            throw new QmpException($"'{backend}' is not a valid char driver name");
        }

        CharacterDevice device = Make(id, backend, options, environment);
        device.Kind = backend;
        if (options.TryGetValue("logfile", out string? log))
        {
            device.Log = new CharacterDeviceLog(
                log, Switch(options, "logappend") == true, Switch(options, "logtimestamp") == true ? environment.TimeProvider : null);
        }

        return device;
    }

    private static CharacterDevice Make(string id, string backend, IReadOnlyDictionary<string, string> options, CharacterDeviceEnvironment environment)
        => backend switch
        {
            "socket" => Socket(id, options, environment),
            "stdio" => Stdio(id, environment),
            "file" => File(id, options, environment),
            "pipe" => new StreamDevice(id, FileStreams.Pipe(Required(options, "path", "chardev: pipe: no device path given"))),
            "ringbuf" or "memory" => new RingBufferDevice(id, RingSize(options)),
            "udp" => Udp(id, options),
            "pty" => new PseudoTerminalDevice(id, options.GetValueOrDefault("path")),
            "serial" => Serial(id, Required(options, "path", "chardev: serial/tty: no device path given")),
            "parallel" => Parallel(id, Required(options, "path", "chardev: parallel: no device path given")),
            "mux" => Mux(id, Required(options, "chardev", "chardev: mux: no chardev given"), environment),
            "hub" => HubDevice.Make(id, options, environment),

            // What the kinds of the display, of pointers and of agents in the guest would show or say, nobody sees or says here.
            _ => new StreamDevice(id, static () => new StreamConnection(new SilentStream())),
        };

    private static StreamDevice File(string id, IReadOnlyDictionary<string, string> options, CharacterDeviceEnvironment environment) => new(id, FileStreams.File(
        Required(options, "path", "chardev: file: no filename given"), options.GetValueOrDefault("input-path"), Switch(options, "append") == true, environment));

    private static StreamDevice Serial(string id, string path) => new(id, () =>
    {
        SafeFileHandle port = Terminal.Open(path);
        Terminal.MakeRaw(port);
        return new PortConnection(port);
    });

    private static StreamDevice Parallel(string id, string path) => new(id, () =>
    {
        SafeFileHandle port = Terminal.Open(path);
        try
        {
            Terminal.ClaimParallelPort(port);
            return new PortConnection(port);
        }
        catch
        {
            port.Dispose();
            throw;
        }
    });

    private static MuxDevice Mux(string id, string inner, CharacterDeviceEnvironment environment)
        => new(id, environment.FindDevice(inner) ?? throw new QmpException($"mux: base chardev {inner} not found"), environment.Quit);

    private static StreamDevice Udp(string id, IReadOnlyDictionary<string, string> options)
    {
        string host = options.GetValueOrDefault("host") is { Length: > 0 } given ? given : "localhost";
        SocketAddress remote = new()
        {
            Host = host,
            Port = options.GetValueOrDefault("port") is { Length: > 0 } port ? port : throw new QmpException("chardev: udp: remote port not specified"),
            IPv4 = Switch(options, "ipv4"),
            IPv6 = Switch(options, "ipv6"),
        };
        SocketAddress local = new()
        {
            Host = options.GetValueOrDefault("localaddr", string.Empty),
            Port = options.GetValueOrDefault("localport") is { Length: > 0 } from ? from : "0",
        };
        return new StreamDevice(id, () => new StreamConnection(new DatagramStream(SocketOpener.OpenDatagram(remote, local))));
    }

    private static void Check(IReadOnlyDictionary<string, string> options)
    {
        foreach (string key in options.Keys)
        {
            if (!KnownKeys.Contains(key))
            {
                throw new QmpException($"Invalid parameter '{key}'");
            }
        }

        foreach (string key in SwitchKeys)
        {
            Switch(options, key);
        }

        Number(options, "to");
        Number(options, "reconnect");
    }

    private static SocketDevice Socket(string id, IReadOnlyDictionary<string, string> options, CharacterDeviceEnvironment environment)
    {
        SocketAddress address = Address(options);
        bool isServer = Switch(options, "server") == true;
        bool? waits = Switch(options, "wait");
        bool noDelay = Switch(options, "nodelay") ?? Switch(options, "delay") == false;
        SocketTls? tls = FindTls(options, address, isServer, environment);
        bool isWebSocket = Switch(options, "websocket") == true;
        if (!isServer && isWebSocket)
        {
            throw new QmpException("Websocket client is not implemented");
        }

        if (!isServer && waits is not null)
        {
            throw new QmpException("'wait' option is incompatible with socket in client connect mode");
        }

        TimeSpan reconnect = ReconnectTime(options, isServer, environment);

        SocketDevice device = isServer
            ? new SocketServerDevice(id, address, waits ?? true, noDelay, environment.Inform)
            : new SocketClientDevice(id, address, reconnect, noDelay, environment.TimeProvider, environment.Complain);
        device.Protocols = new SocketProtocols
        {
            Tls = tls,
            IsWebSocket = isWebSocket,
            IsTelnet = Switch(options, "telnet") == true,
            IsTn3270 = Switch(options, "tn3270") == true,
            TimeProvider = environment.TimeProvider,
        };
        device.NamesUnixPeer = environment.NamesUnixPeers;
        return device;
    }

    private static TimeSpan ReconnectTime(IReadOnlyDictionary<string, string> options, bool isServer, CharacterDeviceEnvironment environment)
    {
        ulong seconds = Number(options, "reconnect") ?? 0;
        if (isServer && seconds > 0)
        {
            throw new QmpException("'reconnect' option is incompatible with socket in server listen mode");
        }

        if (options.ContainsKey("reconnect") && options.ContainsKey("reconnect-ms"))
        {
            throw new QmpException("'reconnect' and 'reconnect-ms' are mutually exclusive");
        }

        if (isServer && environment.NamesReconnectMilliseconds && options.GetValueOrDefault("reconnect-ms") is { } time && time != "0")
        {
            throw new QmpException("'reconnect-ms' option is incompatible with socket in server listen mode");
        }

        // A negative time is none.
        long milliseconds = long.TryParse(options.GetValueOrDefault("reconnect-ms"), CultureInfo.InvariantCulture, out long given) ? Math.Max(0, given) : 0;
        return TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(milliseconds);
    }

    private static SocketTls? FindTls(
        IReadOnlyDictionary<string, string> options, SocketAddress address, bool isServer, CharacterDeviceEnvironment environment)
    {
        string? authorization = options.GetValueOrDefault("tls-authz");
        if (options.GetValueOrDefault("tls-creds") is not { } credentials)
        {
            return authorization is null ? null : throw new QmpException("'tls_authz' option requires 'tls_creds' option");
        }

        SocketTls tls = isServer
            ? SocketTls.OfServer(environment, credentials, authorization)
            : SocketTls.OfClient(environment, credentials, address.Host);
        return address.Path is not null ? throw new QmpException("'tls_creds' option is incompatible with 'unix' address type")
            : address.Descriptor is not null ? throw new QmpException("'tls_creds' option is incompatible with 'fd' address type as client")
            : tls;
    }

    private static SocketAddress Address(IReadOnlyDictionary<string, string> options)
    {
        options.TryGetValue("path", out string? path);
        options.TryGetValue("host", out string? host);
        options.TryGetValue("fd", out string? descriptor);
        if (new[] { path, host, descriptor }.Count(v => v is not null) > 1)
        {
            throw new QmpException("None or one of 'path', 'fd' or 'host' option required.");
        }

        if (path is not null)
        {
            return new SocketAddress { Path = path, IsAbstract = Switch(options, "abstract") == true, IsTight = Switch(options, "tight") ?? true };
        }

        if (host is not null)
        {
            return new SocketAddress
            {
                Host = host,
                Port = Required(options, "port", "chardev: socket: no port given"),
                LastPort = (int?)Math.Min(Number(options, "to") ?? 0, ushort.MaxValue) is > 0 and var last ? last : null,
                IPv4 = Switch(options, "ipv4"),
                IPv6 = Switch(options, "ipv6"),
            };
        }

        return int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new SocketAddress { Descriptor = number }
            : throw new QmpException($"Unable to parse FD number {descriptor}");
    }

    private static StreamDevice Stdio(string id, CharacterDeviceEnvironment environment) => new(id, () =>
        environment.TryTakeStandardStreams()
            ? new StreamConnection(environment.OpenStandardInput(), environment.OpenStandardOutput(), outlivesInput: true)
            : throw new QmpException("cannot use stdio by multiple character devices"));

    private static int RingSize(IReadOnlyDictionary<string, string> options)
    {
        if (!options.TryGetValue("size", out string? text))
        {
            return RingBuffer.DefaultSize;
        }

        // Sizes may carry a suffix, as everywhere on the command line.
        int scale = text.Length == 0 ? 0 : "bkmg".IndexOf(char.ToLowerInvariant(text[^1]), StringComparison.Ordinal);
        string digits = scale >= 0 && text.Length > 0 ? text[..^1] : text;
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size))
        {
            throw new QmpException(CommandLineScalar.NoSizeText("size"));
        }

        size <<= 10 * Math.Max(0, scale);
        return size is > 0 and <= 1 << 30 && (size & (size - 1)) == 0 ? (int)size : throw new QmpException("size of ringbuf chardev must be power of two");
    }

    private static string Required(IReadOnlyDictionary<string, string> options, string key, string error) =>
        options.TryGetValue(key, out string? value) ? value : throw new QmpException(error);

    private static bool? Switch(IReadOnlyDictionary<string, string> options, string key) => options.GetValueOrDefault(key) switch
    {
        null => null,
        "on" or "yes" or "true" or "y" => true,
        "off" or "no" or "false" or "n" => false,
        _ => throw new QmpException($"Parameter '{key}' expects 'on' or 'off'"),
    };

    private static ulong? Number(IReadOnlyDictionary<string, string> options, string key) =>
        !options.TryGetValue(key, out string? text) ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
        : throw new QmpException($"Parameter '{key}' expects a number");
}
