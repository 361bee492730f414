using QmpHost.Qapi;

namespace QmpHost.Nbd.Client;

/// <summary>The options "host", "port" and "path" of drives, which stand for the option "server".</summary>
internal static class NbdOlderOptions
{
    private const string DefaultPort = "10809";
    private const string Host = "host";
    private const string Port = "port";
    private const string Path = "path";
    private const string Server = "server";

    /// <summary>Puts "server" in their place.</summary>
    /// <param name="options">The options of a node.</param>
    /// <exception cref="QmpException">They contradict each other, or there is no server.</exception>
    public static void Translate(QDict options)
    {
        string? host = Text(options, Host), port = Text(options, Port), path = Text(options, Path);
        bool isOlder = host is not null || port is not null || path is not null;
        if (options.ContainsKey(Server))
        {
            if (isOlder)
            {
                throw new QmpException("Cannot use 'server' and path/host/port at the same time");
            }

            return;
        }

        if (host is not null && path is not null)
        {
            throw new QmpException("path and host may not be used at the same time");
        }

        if (host is null && path is null)
        {
            throw new QmpException("NBD server address missing");
        }

        var server = new QDict();
        if (path is not null)
        {
            Put(server, ("type", "unix"), (Path, path));
        }
        else
        {
            Put(server, ("type", "inet"), (Host, host!), (Port, port ?? DefaultPort));
        }

        foreach (string key in new[] { Host, Port, Path })
        {
            options.Remove(key);
        }

        options.Put(Server, server);
    }

    private static void Put(QDict server, params ReadOnlySpan<(string Key, string Value)> members)
    {
        foreach ((string key, string value) in members)
        {
            server.Put(key, new QString(value));
        }
    }

    private static string? Text(QDict options, string key) => options.TryGetValue(key, out QObject? value) ? (value as QString)?.Value : null;
}
