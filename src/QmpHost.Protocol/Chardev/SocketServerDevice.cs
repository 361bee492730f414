using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QmpHost.Net;

namespace QmpHost.Protocol.Chardev;

/// <summary>Listens on a socket. While one peer is connected, others wait in the operating system's queue.</summary>
public sealed class SocketServerDevice : SocketDevice
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly SocketAddress _address;
    private readonly bool _waitsForPeer;
    private readonly Action<string>? _inform;
    private SocketListener? _listener;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="waitsForPeer">Whether opening waits for the first peer.</param>
    /// <param name="noDelay">Whether small pieces are sent at once over TCP.</param>
    /// <param name="inform">Told what opening waits for.</param>
    public SocketServerDevice(string id, SocketAddress address, bool waitsForPeer = false, bool noDelay = false, Action<string>? inform = null)
        : base(id, noDelay)
    {
        _address = address;
        _waitsForPeer = waitsForPeer;
        _inform = inform;
    }

    /// <summary>Where the device listens, with the real port; null before it is open, and where a path says it.</summary>
    public EndPoint? LocalEndPoint => _address.Path is null ? _listener?.Sockets[0].LocalEndPoint : null;

    /// <inheritdoc/>
    public override SocketAddress Address => LocalEndPoint switch
    {
        IPEndPoint ip => new()
        {
            Host = ip.Address.ToString(),
            Port = ip.Port.ToString(CultureInfo.InvariantCulture),
            IPv4 = ip.AddressFamily == AddressFamily.InterNetwork ? true : null,
            IPv6 = ip.AddressFamily == AddressFamily.InterNetworkV6 ? true : null,
        },
        { } unix => new() { Path = unix.ToString() },
        _ => _address.IsAbstract == true ? _address : new() { Path = _address.Path },
    };

    private protected override bool IsServer => true;

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        _listener = SocketOpener.Listen(_address);
        if (_waitsForPeer)
        {
            _inform?.Invoke($"QEMU waiting for connection on: disconnected:{Describe()},server=on");
            KeepFirst(await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket socket = TakeFirst() ?? await AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (await ConnectAsync(socket, cancellationToken).ConfigureAwait(false) is { } connection)
            {
                return connection;
            }
        }
    }

    /// <inheritdoc/>
    protected override void CloseListener()
    {
        _listener?.Close();
        base.CloseListener();
    }

    private async ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _listener!.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (!cancellationToken.IsCancellationRequested)
            {
                // Out of file descriptors, or a peer that left at once.
                await Task.Delay(AcceptRetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private string Describe() => LocalEndPoint is IPEndPoint ? Address.ToString() : _address.ToString();
}
