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
    protected override void CloseListener() => _first?.Dispose();

    /// <summary>Keeps the peer that came while the device was opened, until somebody talks to it.</summary>
    private protected void KeepFirst(Socket socket) => Volatile.Write(ref _first, socket);

    /// <summary>The peer that came while the device was opened, once.</summary>
    private protected Socket? TakeFirst() => Interlocked.Exchange(ref _first, null);

    private protected SocketConnection Connect(Socket socket)
    {
        if (_noDelay && socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        return new SocketConnection(socket);
    }
}
