using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>A device whose peer is always there: standard streams, files, named pipes, or nothing at all.</summary>
public sealed class StreamDevice : CharacterDevice
{
    private readonly Func<CharacterConnection> _open;
    private CharacterConnection? _connection;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="open">Opens its streams; may throw <see cref="QmpException"/>.</param>
    public StreamDevice(string id, Func<CharacterConnection> open)
        : base(id) => _open = open;

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken = default)
    {
        _connection = _open();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken) =>
        new(Interlocked.Exchange(ref _connection, null));
}
