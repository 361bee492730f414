using QmpHost.Block.Loop;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>A host as its block layer sees it.</summary>
internal sealed class HostSurroundings(bool hasMachine) : IBlockSurroundings
{
    /// <summary>How long the guest has run, in nanoseconds, where there can be one.</summary>
    public Func<long> GuestTime { get; set; } = static () => 0;

    /// <summary>The host's objects, made after the block layer.</summary>
    public UserObjects? Objects { get; set; }

    /// <inheritdoc/>
    public bool HasMachine => hasMachine;

    /// <inheritdoc/>
    public long VirtualNanoseconds => hasMachine
        ? GuestTime()
        : (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <inheritdoc/>
    public bool HasObject(string id) => Objects?.Find<UserObject>(id) is not null;

    /// <inheritdoc/>
    public string? FindIOThread(string path) => Objects?.FindAt<IoThreadObject>(path)?.Name;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetSecret(string id) => Objects?.Find<UserObject>(id) switch
    {
        null => throw new QmpException($"No secret with id '{id}'"),
        StoredSecretObject secret => secret.Value,
        _ => throw new QmpException($"Object with id '{id}' is not a secret"),
    };
}
