namespace QmpHost.Block.Loop;

/// <summary>A block layer that stands alone.</summary>
internal sealed class NoSurroundings : IBlockSurroundings
{
    /// <inheritdoc/>
    public bool HasMachine => false;

    /// <inheritdoc/>
    public long VirtualNanoseconds => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <inheritdoc/>
    public bool HasObject(string id) => false;

    /// <inheritdoc/>
    public string? FindIOThread(string path) => null;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetSecret(string id) => throw new Qapi.QmpException($"No secret with id '{id}'");
}
