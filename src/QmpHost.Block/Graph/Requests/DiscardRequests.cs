using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Discards: advice, of which the driver gets what it can use.</summary>
internal static class DiscardRequests
{
    public static async ValueTask DiscardAsync(RequestPath path, BlockChild edge, long offset, long bytes)
    {
        path.Node.EnsureMedium();
        RequestPath.CheckArea(offset, bytes);
        if (!path.Node.IsWritable)
        {
            throw new BlockIOException(Errno.EPERM);
        }

        if (!path.Unmap || !path.Driver.SupportsDiscard || bytes == 0)
        {
            return;
        }

        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Discard, offset, bytes);
        try
        {
            await WriteRequests.PrepareAsync(path, edge, request, offset, bytes, RequestFlags.None);
            try
            {
                await DiscardInDriverAsync(path, offset, bytes);
            }
            finally
            {
                path.Flushes.NoteWrite();
                WriteRequests.MarkDirty(path.Node, offset, bytes);
            }
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    private static async ValueTask DiscardInDriverAsync(RequestPath path, long offset, long bytes)
    {
        BlockLimits limits = path.Node.Limits;
        long alignment = Math.Max(limits.DiscardAlignment, limits.RequestAlignment);
        long max = Alignment.Down(limits.MaxDiscard == 0 ? long.MaxValue : limits.MaxDiscard, alignment);
        long start = Alignment.Up(offset, alignment);
        long end = offset + bytes;

        // What lies behind the last boundary can go too if nothing but the end of the disk follows.
        end = end == path.Node.Length ? Alignment.Down(end, limits.RequestAlignment) : Alignment.Down(end, alignment);
        while (start < end)
        {
            long piece = Math.Min(end - start, max);
            try
            {
                await DriverAccess.DiscardAsync(path, start, piece);
            }
            catch (BlockIOException e) when (e.Errno == Errno.ENOTSUP)
            {
                // Discards are advice.
            }

            start += piece;
        }
    }
}
