using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Connects to a socket, and again when the connection ends, if it was made so.</summary>
public sealed class SocketClientDevice : SocketDevice
{
    private readonly TimeSpan _reconnect;
    private readonly TimeProvider _timeProvider;
    private bool _hasConnected;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="address">Where to connect.</param>
    /// <param name="reconnect">How long to wait before connecting again; zero not to.</param>
    /// <param name="noDelay">Whether small pieces are sent at once over TCP.</param>
    /// <param name="timeProvider">The clock.</param>
    public SocketClientDevice(string id, SocketAddress address, TimeSpan reconnect, bool noDelay, TimeProvider timeProvider)
        : base(id, noDelay)
    {
        Address = address;
        _reconnect = reconnect;
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public override SocketAddress Address { get; }

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        // With a time to connect again, that nobody listens yet is no error.
        if (_reconnect == TimeSpan.Zero)
        {
            KeepFirst(await SocketOpener.ConnectAsync(Address, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        Socket? socket = TakeFirst();
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

        return Connect(socket);
    }

    private async Task<Socket?> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await SocketOpener.ConnectAsync(Address, cancellationToken).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            return null;
        }
    }
}
