namespace QmpHost.Block.Graph;

/// <summary>The view of a disk as it was at one moment, offered by copy-before-write and passed on by snapshot-access.</summary>
public interface ISnapshotAccess
{
    /// <summary>Reads the frozen contents. EACCES outside of what may be accessed.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <returns>A task that ends with the read.</returns>
    ValueTask ReadSnapshotAsync(long offset, Memory<byte> buffer);

    /// <summary>The allocation state of the frozen contents.</summary>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state of an area that starts at <paramref name="offset"/>.</returns>
    ValueTask<BlockStatus> GetSnapshotBlockStatusAsync(bool wantZero, long offset, long bytes);

    /// <summary>Gives up an area of the frozen contents: it is no longer copied, and no longer readable.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    ValueTask DiscardSnapshotAsync(long offset, long bytes);
}
