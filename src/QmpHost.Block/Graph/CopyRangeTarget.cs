namespace QmpHost.Block.Graph;

/// <summary>Where an offloaded copy goes.</summary>
/// <param name="Edge">The edge to write to.</param>
/// <param name="Offset">Start of the range in bytes.</param>
/// <param name="Flags">Flags of the writes.</param>
public readonly record struct CopyRangeTarget(BlockChild Edge, long Offset, RequestFlags Flags)
{
    /// <summary>The target without its beginning.</summary>
    /// <param name="bytes">Length of the beginning in bytes.</param>
    /// <returns>The rest.</returns>
    public CopyRangeTarget Skip(long bytes) => this with { Offset = Offset + bytes };

    /// <summary>Copies to the start of the target.</summary>
    /// <param name="source">Where the bytes are.</param>
    /// <param name="bytes">How many.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask CopyAsync(CopyRangeSource source, long bytes) => Edge.CopyRangeToAsync(source, Offset, bytes, Flags);

    /// <summary>Makes the start of the target read as zeroes, as the source does.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask WriteZeroesAsync(long bytes) => Edge.WriteZeroesAsync(Offset, bytes, Flags);
}
