using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Requests that make an area read as zeroes: by the driver's own means, else by writing zeroes.</summary>
internal static class ZeroRequests
{
    private const int MaxBounce = 1 << 20;

    // Zeroes to write from; nobody ever writes to it.
    private static readonly byte[] Zeroes = GC.AllocateArray<byte>(MaxBounce, pinned: true);

    public static async ValueTask WriteZeroesAsync(RequestPath path, BlockChild edge, long offset, long bytes, RequestFlags flags)
    {
        RequestPath.CheckArea(offset, bytes);
        int alignment = path.RequestAlignment;
        bool aligned = Alignment.IsAligned(offset, alignment) && Alignment.IsAligned(bytes, alignment);
        if (!aligned && (flags & RequestFlags.NoFallback) != 0)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        if (!path.Unmap && edge.Parent is BlockNode)
        {
            // Only nodes ask whether those below them may unmap; what a device asks for, its root passes on.
            flags &= ~RequestFlags.MayUnmap;
        }

        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Write, offset, bytes);
        try
        {
            if (aligned)
            {
                await WriteAlignedAsync(path, edge, request, offset, bytes, flags);
            }
            else
            {
                path.Tracker.MakeSerialising(request, alignment);
                await path.Tracker.WaitForConflictsAsync(request);
                await WriteUnalignedAsync(path, edge, request, offset, bytes, flags);
            }
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    /// <summary>Zeroes an aligned area in pieces that the driver takes, with data where it cannot.</summary>
    public static async ValueTask WriteToDriverAsync(RequestPath path, long offset, long bytes, RequestFlags flags)
    {
        BlockDriver driver = path.Driver;
        BlockLimits limits = path.Node.Limits;
        if ((flags & RequestFlags.NoFallback) != 0 && (!driver.SupportsWriteZeroes || (driver.SupportedZeroFlags & RequestFlags.NoFallback) == 0))
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        long alignment = Math.Max(limits.WriteZeroesAlignment, limits.RequestAlignment);
        long max = Alignment.Down(limits.MaxWriteZeroes == 0 ? long.MaxValue : limits.MaxWriteZeroes, alignment);
        long head = offset % alignment;
        long tail = (offset + bytes) % alignment;
        bool flushAtEnd = false;
        while (bytes > 0)
        {
            long piece = bytes;
            if (head > 0)
            {
                // Short requests up to the next boundary, none of which crosses it.
                piece = Math.Min(Math.Min(bytes, path.MaxTransfer), alignment - head);
                head = (head + piece) % alignment;
            }
            else if (tail > 0 && piece > alignment)
            {
                piece -= tail;
            }

            piece = Math.Min(piece, max);
            (piece, bool needsFlush) = await WritePieceAsync(path, offset, piece, flags);
            flushAtEnd |= needsFlush;
            offset += piece;
            bytes -= piece;
        }

        if (flushAtEnd)
        {
            path.Flushes.NoteWrite();
            await FlushRequests.FlushAsync(path);
        }
    }

    private static async ValueTask<(long Piece, bool NeedsFlush)> WritePieceAsync(RequestPath path, long offset, long piece, RequestFlags flags)
    {
        BlockDriver driver = path.Driver;
        if (driver.SupportsWriteZeroes)
        {
            try
            {
                await DriverAccess.WriteZeroesAsync(path, offset, piece, flags & driver.SupportedZeroFlags);
                return (piece, (flags & ~driver.SupportedZeroFlags & RequestFlags.Fua) != 0);
            }
            catch (BlockIOException e) when (e.Errno == Errno.ENOTSUP && (flags & RequestFlags.NoFallback) == 0)
            {
                // Written as data below.
            }
        }

        piece = Math.Min(piece, Math.Min(path.MaxTransfer, Alignment.Down(MaxBounce, path.RequestAlignment)));
        await DriverAccess.WriteAsync(path, offset, Zeroes.AsMemory(0, (int)piece), flags & driver.SupportedWriteFlags);
        return (piece, (flags & ~driver.SupportedWriteFlags & RequestFlags.Fua) != 0);
    }

    private static async ValueTask WriteAlignedAsync(
        RequestPath path, BlockChild edge, TrackedRequest request, long offset, long bytes, RequestFlags flags)
    {
        await WriteRequests.PrepareAsync(path, edge, request, offset, bytes, flags);
        bool succeeded = false;
        try
        {
            await path.Driver.OnDebugEventAsync(BlkdebugEvent.PwritevZero);
            await WriteToDriverAsync(path, offset, bytes, flags);
            await path.Driver.OnDebugEventAsync(BlkdebugEvent.PwritevDone);
            succeeded = true;
        }
        finally
        {
            WriteRequests.Finish(path, offset, bytes, succeeded);
        }
    }

    // Blocks that are zeroed in part are written as data, those between as zeroes.
    private static async ValueTask WriteUnalignedAsync(
        RequestPath path, BlockChild edge, TrackedRequest request, long offset, long bytes, RequestFlags flags)
    {
        int alignment = path.RequestAlignment;
        var padding = new RequestPadding(offset, bytes, alignment);
        int ends = (int)Math.Min(padding.Length, 2L * alignment);
        byte[] bounce = ArrayPool<byte>.Shared.Rent(ends);
        try
        {
            Memory<byte> blocks = bounce.AsMemory(0, ends);
            if (padding.Length <= ends)
            {
                await padding.ReadEndsAsync(path, blocks);
                blocks.Span.Slice((int)padding.Head, (int)bytes).Clear();
                await WriteRequests.WriteAlignedAsync(path, edge, request, padding.Start, blocks, flags & ~RequestFlags.MayUnmap);
                return;
            }

            long middleStart = padding.Head > 0 ? padding.Start + alignment : padding.Start;
            long middleEnd = padding.Tail > 0 ? padding.End - alignment : padding.End;
            await padding.ReadEndsAsync(path, blocks);
            if (padding.Head > 0)
            {
                blocks.Span[(int)padding.Head..alignment].Clear();
                await WriteRequests.WriteAlignedAsync(path, edge, request, padding.Start, blocks[..alignment], flags & ~RequestFlags.MayUnmap);
            }

            await WriteAlignedAsync(path, edge, request, middleStart, middleEnd - middleStart, flags);
            if (padding.Tail > 0)
            {
                blocks.Span[^alignment..][..(int)(alignment - padding.Tail)].Clear();
                await WriteRequests.WriteAlignedAsync(path, edge, request, middleEnd, blocks[^alignment..], flags & ~RequestFlags.MayUnmap);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bounce);
        }
    }
}
