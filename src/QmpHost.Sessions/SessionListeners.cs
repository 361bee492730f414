using System.Net.Sockets;

namespace QmpHost.Sessions;

/// <summary>The sockets on which a session listens for the monitors of the host that it starts.</summary>
public sealed class SessionListeners : IDisposable
{
    private readonly List<(string Name, Socket Socket)> _listeners;

    private SessionListeners(List<(string Name, Socket Socket)> listeners)
    {
        _listeners = listeners;
    }

    /// <summary>Listens for every monitor of a start, at the paths that <see cref="SessionCommandLine"/> gives.</summary>
    /// <exception cref="SocketException">A socket cannot be made.</exception>
    public static SessionListeners Listen(SessionStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var listeners = new SessionListeners([]);
        foreach (SessionMonitor monitor in start.Monitors)
        {
            string path = SessionCommandLine.SocketPath(start, monitor);
            File.Delete(path);
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listeners._listeners.Add((monitor.Name, socket));
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(1);
        }

        return listeners;
    }

    /// <summary>Accepts one connection for each monitor; stops at the end of the host.</summary>
    /// <param name="exit">Completes when the host has ended, which may be before it has connected.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connections by the monitors' names; those that were not made are missing.</returns>
    public async Task<IReadOnlyDictionary<string, Stream>> AcceptAsync(Task exit, CancellationToken cancellationToken)
    {
        var monitors = new Dictionary<string, Stream>();
        foreach ((string name, Socket socket) in _listeners)
        {
            Task<Socket> accepted = socket.AcceptAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(accepted, exit) == exit && !accepted.IsCompleted)
            {
                _ = accepted.ContinueWith(static t => t.Exception, TaskScheduler.Default);
                break;
            }

            monitors.Add(name, new NetworkStream(await accepted, ownsSocket: true));
        }

        return monitors;
    }

    /// <inheritdoc/>
    public void Dispose() => _listeners.ForEach(static listener => listener.Socket.Dispose());
}
