using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs;

/// <summary>The short notation of character devices: "stdio", "null", "unix:PATH[,…]", "tcp:HOST:PORT[,…]", "file:PATH", "pipe:PATH", "udp:…", "telnet:…", "pty", "vc", a file in /dev.</summary>
internal static class InlineCharacterDevice
{
    /// <summary>Translates a short notation into the keys of -chardev.</summary>
    /// <param name="text">The notation.</param>
    /// <returns>Keys and values, or null where it is none.</returns>
    public static IReadOnlyDictionary<string, string>? Parse(string text)
    {
        if (text is "stdio" or "null" or "pty" or "msmouse" or "vc")
        {
            return new Dictionary<string, string> { ["backend"] = text };
        }

        if (text.StartsWith("/dev/", StringComparison.Ordinal))
        {
            string kind = text.StartsWith("/dev/parport", StringComparison.Ordinal) ? "parallel" : "serial";
            return new Dictionary<string, string> { ["backend"] = kind, ["path"] = text };
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string rest = text[(colon + 1)..];
        return (colon < 0 ? string.Empty : text[..colon]) switch
        {
            "unix" => WithBackend(rest, "socket", "path"),
            "tcp" => ParseTcp(rest),
            "telnet" => ParseTcp(rest) is { } options ? new Dictionary<string, string>(options) { ["telnet"] = "on" } : null,
            "udp" => ParseUdp(rest),
            "file" => new Dictionary<string, string> { ["backend"] = "file", ["path"] = rest },
            "pipe" => new Dictionary<string, string> { ["backend"] = "pipe", ["path"] = rest },
            _ => null,
        };
    }

    /// <summary>Whether a text names a kind of device that is found by an address, which may be wrong.</summary>
    /// <param name="text">The notation.</param>
    public static bool IsAddress(string text) => text.StartsWith("tcp:", StringComparison.Ordinal) || text.StartsWith("udp:", StringComparison.Ordinal)
        || text.StartsWith("telnet:", StringComparison.Ordinal);

    private static Dictionary<string, string> WithBackend(string text, string backend, string impliedKey)
    {
        Dictionary<string, string> options = QemuOpts.Parse(text, impliedKey).ToDictionary();
        options["backend"] = backend;
        return options;
    }

    // "[HOST]:PORT[@[LOCALHOST]:LOCALPORT]"
    private static Dictionary<string, string>? ParseUdp(string text)
    {
        string[] ends = text.Split('@', 2);
        if (ends[0].Split(':') is not [var host, var port])
        {
            return null;
        }

        var options = new Dictionary<string, string> { ["backend"] = "udp", ["port"] = port };
        if (host.Length > 0)
        {
            options["host"] = host;
        }

        if (ends.Length > 1)
        {
            if (ends[1].Split(':') is not [var localHost, var localPort])
            {
                return null;
            }

            options["localport"] = localPort;
            if (localHost.Length > 0)
            {
                options["localaddr"] = localHost;
            }
        }

        return options;
    }

    private static Dictionary<string, string>? ParseTcp(string text)
    {
        Dictionary<string, string> options = WithBackend(text, "socket", "host");
        string address = options.GetValueOrDefault("host", string.Empty);
        int colon = address.LastIndexOf(':');
        if (colon < 0)
        {
            return null;
        }

        string host = address[..colon].Trim('[', ']');
        options["host"] = host;
        options["port"] = address[(colon + 1)..];
        return options;
    }
}
