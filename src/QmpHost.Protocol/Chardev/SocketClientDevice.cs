using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Connects to a socket, and again when the connection ends, if it was made so.</summary>
public sealed class SocketClientDevice : SocketDevice
{
    private readonly TimeSpan _reconnect;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string>? _complain;
    private Task<Socket?>? _firstAttempt;
    private bool _isFailureTold;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="address">Where to connect.</param>
    /// <param name="reconnect">How long to wait before connecting again; zero not to.</param>
    /// <param name="noDelay">Whether small pieces are sent at once over TCP.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="complain">Told, once until it has succeeded, that connecting again failed.</param>
    public SocketClientDevice(
        string id, SocketAddress address, TimeSpan reconnect, bool noDelay, TimeProvider timeProvider, Action<string>? complain = null)
        : base(id, noDelay)
    {
        Address = address;
        _reconnect = reconnect;
        _timeProvider = timeProvider;
        _complain = complain;
    }

    /// <inheritdoc/>
    public override SocketAddress Address { get; }

    private protected override bool IsServer => false;

    /// <inheritdoc/>
    public override async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        // With a time to connect again, that nobody listens yet is no error.
        if (_reconnect != TimeSpan.Zero)
        {
            _firstAttempt = TryConnectAsync(cancellationToken);
            return;
        }

        KeepFirst(await SocketOpener.ConnectAsync(Address, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        Socket? socket = TakeFirst();
        if (socket is null && _reconnect == TimeSpan.Zero)
        {
            return null;
        }

        if (socket is null && _firstAttempt is { } first)
        {
            _firstAttempt = null;
            socket = await first.ConfigureAwait(false);
        }

        while (true)
        {
            if (socket is not null && await ConnectAsync(socket, cancellationToken).ConfigureAwait(false) is { } connection)
            {
                return connection;
            }

            if (_reconnect == TimeSpan.Zero)
            {
                return null;
            }

            await Task.Delay(_reconnect, _timeProvider, cancellationToken).ConfigureAwait(false);
            socket = await TryConnectAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Socket?> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            Socket socket = await SocketOpener.ConnectAsync(Address, cancellationToken).ConfigureAwait(false);
            _isFailureTold = false;
            return socket;
        }
        catch (QmpException e)
        {
            if (!_isFailureTold)
            {
                _isFailureTold = true;
                _complain?.Invoke($"Unable to connect character device {Id}: {e.Message}");
            }

            return null;
        }
    }
}
