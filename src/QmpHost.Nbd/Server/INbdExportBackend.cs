using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Nbd.Server;

/// <summary>The disk behind an export, as the server needs it: a node of the graph, or memory in a test.</summary>
/// <remarks>
/// All members are used on the host's loop. Areas lie within <see cref="Size"/>. Requests fail with
/// <see cref="BlockIOException"/>. The server gains most where a request completes before its method returns.
/// </remarks>
public interface INbdExportBackend
{
    /// <summary>The disk's length in bytes.</summary>
    long Size { get; }

    /// <summary>The alignment that requests should have, in bytes; others are carried out all the same.</summary>
    int RequestAlignment { get; }

    /// <summary>The longest request that the disk takes at once, in bytes; 0 without limit.</summary>
    long MaxTransfer { get; }

    /// <summary>Reads.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <returns>A task that ends with the read.</returns>
    ValueTask ReadAsync(long offset, Memory<byte> buffer);

    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the write.</returns>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags);

    /// <summary>Makes an area read as zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the request.</returns>
    ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags);

    /// <summary>Drops the contents of an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    ValueTask DiscardAsync(long offset, long bytes);

    /// <summary>Makes everything written stable.</summary>
    /// <returns>A task that ends with the flush.</returns>
    ValueTask FlushAsync();

    /// <summary>Brings an area into the cache.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    ValueTask PrefetchAsync(long offset, long bytes);

    /// <summary>The allocation state over the whole chain.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes; at least 1.</param>
    /// <returns>The state of an area that starts at <paramref name="offset"/>; its length is at least 1 and may exceed the request.</returns>
    ValueTask<NbdBlockState> GetBlockStateAsync(long offset, long bytes);

    /// <summary>At which depth of the chain an area is allocated.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes; at least 1.</param>
    /// <returns>An extent whose value is the depth: 1 is the top, 0 nowhere.</returns>
    ValueTask<NbdExtent> GetAllocationDepthAsync(long offset, long bytes);

    /// <summary>Whether an area is dirty in a bitmap of the export.</summary>
    /// <param name="bitmap">The bitmap's index in <see cref="NbdExport.Bitmaps"/>.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes; at least 1.</param>
    /// <returns>An extent whose value is 1 where dirty and 0 where clean.</returns>
    NbdExtent GetDirtyExtent(int bitmap, long offset, long bytes);
}
