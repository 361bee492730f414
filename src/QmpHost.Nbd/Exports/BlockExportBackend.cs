using System.Buffers;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Exports;

/// <summary>The disk of an export that stands in the node graph.</summary>
/// <param name="backend">The export's place in the graph.</param>
/// <param name="bitmaps">The bitmaps that the export offers.</param>
internal sealed class BlockExportBackend(BlockBackend backend, IReadOnlyList<DirtyBitmap> bitmaps) : INbdExportBackend
{
    private const int PrefetchPiece = 1024 * 1024;

    /// <inheritdoc/>
    public long Size => backend.Node.Length;

    /// <inheritdoc/>
    public int RequestAlignment => backend.Node.Limits.RequestAlignment;

    /// <inheritdoc/>
    public long MaxTransfer => backend.Node.Limits.MaxTransfer;

    /// <inheritdoc/>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer) => backend.ReadAsync(offset, buffer);

    /// <inheritdoc/>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags) => backend.WriteAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags) => backend.WriteZeroesAsync(offset, bytes, flags);

    /// <inheritdoc/>
    public ValueTask DiscardAsync(long offset, long bytes) => backend.DiscardAsync(offset, bytes);

    /// <inheritdoc/>
    public ValueTask FlushAsync() => backend.FlushAsync();

    /// <inheritdoc/>
    public async ValueTask PrefetchAsync(long offset, long bytes)
    {
        byte[] scratch = ArrayPool<byte>.Shared.Rent((int)Math.Min(bytes, PrefetchPiece));
        try
        {
            for (long end = offset + bytes; offset < end;)
            {
                int piece = (int)Math.Min(end - offset, PrefetchPiece);
                await backend.ReadAsync(offset, scratch.AsMemory(0, piece), RequestFlags.CopyOnRead | RequestFlags.Prefetch);
                offset += piece;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<NbdBlockState> GetBlockStateAsync(long offset, long bytes)
    {
        BlockStatus status = await backend.GetBlockStatusAsync(wantZero: true, offset, bytes);
        return new NbdBlockState(
            AtLeastOne(status.Bytes),
            IsHole: (status.Flags & BlockStatusFlags.Data) == 0,
            IsZero: (status.Flags & BlockStatusFlags.Zero) != 0);
    }

    /// <inheritdoc/>
    public async ValueTask<NbdExtent> GetAllocationDepthAsync(long offset, long bytes)
    {
        (long found, int depth) = await backend.GetAllocationDepthAsync(offset, bytes);
        return new NbdExtent(AtLeastOne(found), (uint)depth);
    }

    /// <inheritdoc/>
    public NbdExtent GetDirtyExtent(int bitmap, long offset, long bytes)
    {
        HierarchicalBitmap bits = bitmaps[bitmap].Bits;
        if (offset >= bits.Size)
        {
            // A bitmap of another, shorter node says nothing about what lies behind its end.
            return new NbdExtent(bytes, 0);
        }

        bool dirty = bits.Status(offset, Math.Min(bytes, bits.Size - offset), out long run);
        return new NbdExtent(AtLeastOne(run), dirty ? 1u : 0u);
    }

    /// <summary>A disk that has shrunk under the export must not make the server spin.</summary>
    private static long AtLeastOne(long bytes) => bytes > 0 ? bytes : throw new BlockIOException(Errno.EINVAL);
}
