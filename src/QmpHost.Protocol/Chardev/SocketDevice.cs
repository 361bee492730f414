using System.Net.Sockets;

namespace QmpHost.Protocol.Chardev;

/// <summary>A character device whose peers come through a socket.</summary>
public abstract class SocketDevice : CharacterDevice
{
    private readonly bool _noDelay;
    private Socket? _first;

    private protected SocketDevice(string id, bool noDelay)
        : base(id) => _noDelay = noDelay;

    /// <summary>Where an open device listens, or where it connects.</summary>
    public abstract SocketAddress Address { get; }

    /// <summary>Whether a peer is there. May be asked on any thread.</summary>
    public bool IsConnected => HasPeer || Volatile.Read(ref _first) is not null;

    /// <inheritdoc/>
    public override string Filename
    {
        get
        {
            Socket? socket = CurrentPeer?.Socket ?? Volatile.Read(ref _first);
            string server = IsServer ? ",server=on" : string.Empty;
            return socket is null
                ? $"disconnected:{Describe(Address)}{server}"
                : !IsServer && NamesUnixPeer && Address.Path is { } path ? $"unix:{path}"
                : SocketText.Describe(socket, Protocols.Scheme, server);
        }
    }

    /// <summary>Whether peers come to the device, rather than it going to them.</summary>
    private protected abstract bool IsServer { get; }

    /// <summary>What is spoken over the socket.</summary>
    internal SocketProtocols Protocols { get; set; } = new();

    /// <summary>Whether a unix socket that the device has gone to is named.</summary>
    internal bool NamesUnixPeer { get; set; }

    private string Describe(SocketAddress address)
        => address.Host is { } host ? $"{Protocols.Scheme}:{host}:{address.Port}" : address.ToString();

    /// <inheritdoc/>
    protected override void CloseListener() => _first?.Dispose();

    /// <summary>Keeps the peer that came while the device was opened, until somebody talks to it.</summary>
    private protected void KeepFirst(Socket socket) => Volatile.Write(ref _first, socket);

    /// <summary>The peer that came while the device was opened, once.</summary>
    private protected Socket? TakeFirst() => Interlocked.Exchange(ref _first, null);

    /// <summary>Begins to talk to a peer.</summary>
    /// <returns>The connection, or null if the peer and the device have not come together.</returns>
    private protected ValueTask<CharacterConnection?> ConnectAsync(Socket socket, CancellationToken cancellationToken)
    {
        if (_noDelay && socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        return Protocols.ConnectAsync(socket, IsServer, cancellationToken);
    }
}
