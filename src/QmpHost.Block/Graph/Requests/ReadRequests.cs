using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Reads that need more than the driver: padding, splitting, zeroes behind the end, waiting, copy-on-read.</summary>
internal static class ReadRequests
{
    public static async ValueTask FinishPlainAsync(RequestPath path, ValueTask task, TrackedRequest request)
    {
        try
        {
            await task;
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    public static async ValueTask ReadAsync(RequestPath path, BlockChild edge, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        RequestPath.CheckArea(offset, buffer.Length);
        int alignment = path.RequestAlignment;
        if (buffer.Length == 0 && !Alignment.IsAligned(offset, alignment))
        {
            return;
        }

        if (path.CopyOnReadUsers > 0)
        {
            flags |= RequestFlags.CopyOnRead;
        }

        path.Enter();
        try
        {
            long start = Alignment.Down(offset, alignment);
            long end = Alignment.Up(offset + buffer.Length, alignment);
            if (start == offset && end == offset + buffer.Length)
            {
                await ReadTrackedAsync(path, edge, offset, buffer, flags);
                return;
            }

            await ReadPaddedAsync(path, edge, offset, buffer, flags, start, checked((int)(end - start)));
        }
        finally
        {
            path.Leave();
        }
    }

    /// <summary>Reads an aligned area into a buffer, as one request or in pieces, with zeroes behind the end of the disk.</summary>
    public static async ValueTask ReadFromDriverAsync(RequestPath path, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        long available = Math.Max(0, Alignment.Up(path.Node.Length, path.RequestAlignment) - offset);
        flags &= ~((RequestFlags.CopyOnRead | RequestFlags.Prefetch) & ~path.Driver.SupportedReadFlags);
        if (buffer.Length <= available && buffer.Length <= path.MaxTransfer)
        {
            await DriverAccess.ReadAsync(path, offset, buffer, flags);
            return;
        }

        while (buffer.Length > 0)
        {
            int piece = (int)Math.Min(buffer.Length, Math.Min(available, path.MaxTransfer));
            if (piece == 0)
            {
                buffer.Span.Clear();
                return;
            }

            await DriverAccess.ReadAsync(path, offset, buffer[..piece], flags);
            offset += piece;
            available -= piece;
            buffer = buffer[piece..];
        }
    }

    private static async ValueTask ReadPaddedAsync(
        RequestPath path, BlockChild edge, long offset, Memory<byte> buffer, RequestFlags flags, long start, int bytes)
    {
        byte[] bounce = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            await ReadTrackedAsync(path, edge, start, bounce.AsMemory(0, bytes), flags);
            bounce.AsSpan((int)(offset - start), buffer.Length).CopyTo(buffer.Span);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bounce);
        }
    }

    private static async ValueTask ReadTrackedAsync(RequestPath path, BlockChild edge, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        TrackedRequest request = path.Tracker.Begin(RequestKind.Read, offset, buffer.Length);
        try
        {
            if ((flags & RequestFlags.CopyOnRead) != 0)
            {
                // Two reads that populate the same cluster must not overwrite a guest write that comes between.
                path.Tracker.MakeSerialising(request, Math.Max(path.RequestAlignment, path.Node.ClusterSize));
                await path.Tracker.WaitForConflictsAsync(request);
                await CopyOnRead.ReadAsync(path, edge, offset, buffer, flags);
                return;
            }

            await path.Tracker.WaitForConflictsAsync(request);
            await ReadFromDriverAsync(path, offset, buffer, flags);
        }
        finally
        {
            path.Tracker.End(request);
        }
    }
}
