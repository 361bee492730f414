using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>
/// Copies that the system makes without the data passing through this process. A request goes down the source's side
/// until a node holds the bytes itself, and from there down the target's side; it is tracked on both as a read and a
/// write are.
/// </summary>
/// <remarks>Where it cannot be done it fails, and the caller reads and writes: nothing is padded, split or emulated here.</remarks>
internal static class CopyRangeRequests
{
    public static async ValueTask CopyFromAsync(RequestPath path, long offset, long bytes, CopyRangeTarget target)
    {
        CheckShape(path, offset, bytes);
        if (path.CopyOnReadUsers > 0 || offset + bytes > Alignment.Up(path.Node.Length, path.RequestAlignment))
        {
            // Reads that populate the node have to pass by here, and behind the end there are zeroes that nobody holds.
            throw new BlockIOException(Errno.ENOTSUP);
        }

        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Read, offset, bytes);
        try
        {
            await path.Tracker.WaitForConflictsAsync(request);
            await path.Driver.CopyRangeFromAsync(offset, bytes, target);
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    public static async ValueTask CopyToAsync(
        RequestPath path, BlockChild edge, CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        CheckShape(path, offset, bytes);
        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Write, offset, bytes);
        try
        {
            await WriteRequests.PrepareAsync(path, edge, request, offset, bytes, flags);
            await WriteAsync(path, source, offset, bytes, flags);
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    private static async ValueTask WriteAsync(RequestPath path, CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        bool succeeded = false;
        try
        {
            await path.Driver.CopyRangeToAsync(source, offset, bytes, flags);
            succeeded = true;
        }
        finally
        {
            WriteRequests.Finish(path, offset, bytes, succeeded);
        }
    }

    private static void CheckShape(RequestPath path, long offset, long bytes)
    {
        RequestPath.CheckArea(offset, bytes);
        int alignment = path.RequestAlignment;
        if (!Alignment.IsAligned(offset, alignment) || !Alignment.IsAligned(bytes, alignment) || bytes > path.MaxTransfer
            || path.Interceptor is not null)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }
    }
}
