using System.Buffers;
using QmpHost.Block.Core;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Reads that write what they find in the backing chain to the node itself.</summary>
internal static class CopyOnRead
{
    // As much as one copy takes at most, so that a long read does not hold a buffer of its size twice.
    private const int MaxBounce = 1 << 20;

    /// <summary>Reads an aligned area that is tracked as serialising.</summary>
    public static async ValueTask ReadAsync(RequestPath path, BlockChild edge, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        BlockNode node = path.Node;
        bool prefetch = (flags & RequestFlags.Prefetch) != 0;
        while (buffer.Length > 0)
        {
            (bool allocated, long bytes) = await IsAllocatedAsync(node, offset, buffer.Length);
            int piece = (int)Math.Min(bytes, buffer.Length);
            if (allocated || piece == 0)
            {
                piece = piece == 0 ? buffer.Length : piece;
                if (!prefetch)
                {
                    await ReadRequests.ReadFromDriverAsync(path, offset, buffer[..piece], flags);
                }
            }
            else
            {
                piece = await CopyAsync(path, edge, offset, buffer[..piece], prefetch);
            }

            offset += piece;
            buffer = buffer[piece..];
        }
    }

    private static async ValueTask<(bool Allocated, long Bytes)> IsAllocatedAsync(BlockNode node, long offset, long bytes)
    {
        if (offset >= node.Length)
        {
            return (true, bytes);
        }

        BlockStatus status = await BlockStatusWalker.GetAsync(node, wantZero: false, offset, bytes);
        return ((status.Flags & BlockStatusFlags.Allocated) != 0, status.Bytes);
    }

    // Copies whole clusters around the start of the area; gives back how much of the buffer is filled.
    private static async ValueTask<int> CopyAsync(RequestPath path, BlockChild edge, long offset, Memory<byte> buffer, bool prefetch)
    {
        long cluster = Math.Max(path.RequestAlignment, Math.Max(1, path.Node.ClusterSize));
        long start = Alignment.Down(offset, cluster);
        long end = Math.Min(Alignment.Up(offset + buffer.Length, cluster), Alignment.Up(path.Node.Length, path.RequestAlignment));
        int bytes = (int)Math.Min(end - start, Math.Max(MaxBounce, cluster));
        byte[] bounce = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            Memory<byte> data = bounce.AsMemory(0, bytes);
            await ReadRequests.ReadFromDriverAsync(path, start, data, RequestFlags.None);
            await path.Driver.OnDebugEventAsync(Qapi.Schema.BlkdebugEvent.CorWrite);
            await WriteBackAsync(path, edge, start, data);
            int filled = (int)Math.Min(buffer.Length, start + bytes - offset);
            if (!prefetch)
            {
                data.Slice((int)(offset - start), filled).CopyTo(buffer);
            }

            return filled;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bounce);
        }
    }

    private static async ValueTask WriteBackAsync(RequestPath path, BlockChild edge, long offset, Memory<byte> data)
    {
        if ((edge.Used & (BlockPermissions.Write | BlockPermissions.WriteUnchanged)) == 0 || path.Node.ReadOnly)
        {
            return;
        }

        if (path.Driver.SupportsWriteZeroes && !data.Span.ContainsAnyExcept((byte)0))
        {
            await ZeroRequests.WriteToDriverAsync(path, offset, data.Length, RequestFlags.WriteUnchanged);
        }
        else
        {
            await WriteRequests.WriteToDriverAsync(path, offset, data, RequestFlags.WriteUnchanged);
        }

        path.Flushes.NoteWrite();
    }
}
