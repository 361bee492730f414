using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Connects to a socket, and again when the connection ends, if it was made so.</summary>
public sealed class SocketClientDevice : CharacterDevice
{
    private readonly SocketAddress _address;
    private readonly TimeSpan _reconnect;
    private readonly bool _noDelay;
    private readonly TimeProvider _timeProvider;
    private Socket? _first;
    private bool _hasConnected;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="address">Where to connect.</param>
    /// <param name="reconnect">How long to wait before connecting again; zero not to.</param>
    /// <param name="noDelay">Whether small pieces are sent at once over TCP.</param>
    /// <param name="timeProvider">The clock.</param>
    public SocketClientDevice(string id, SocketAddress address, TimeSpan reconnect, bool noDelay, TimeProvider timeProvider)
        : base(id)
    {
        _address = address;
        _reconnect = reconnect;
        _noDelay = noDelay;
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        // With a time to connect again, that nobody listens yet is no error.
        if (_reconnect == TimeSpan.Zero)
        {
            _first = await SocketOpener.ConnectAsync(_address, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        Socket? socket = Interlocked.Exchange(ref _first, null);
        if (socket is null && _reconnect == TimeSpan.Zero)
        {
            return null;
        }

        while (socket is null)
        {
            if (_hasConnected)
            {
                await Task.Delay(_reconnect, _timeProvider, cancellationToken).ConfigureAwait(false);
            }

            _hasConnected = true;
            socket = await TryConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_noDelay && socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        return new SocketConnection(socket);
    }

    /// <inheritdoc/>
    protected override void CloseListener() => _first?.Dispose();

    private async Task<Socket?> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await SocketOpener.ConnectAsync(_address, cancellationToken).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            return null;
        }
    }
}
