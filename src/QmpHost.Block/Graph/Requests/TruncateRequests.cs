using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Changes of a disk's length.</summary>
internal static class TruncateRequests
{
    public static async ValueTask TruncateAsync(
        RequestPath path, BlockChild edge, long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        BlockNode node = path.Node;
        if (length < 0)
        {
            throw new QmpException("Image size cannot be negative");
        }

        if (length > BlockNode.MaxLength)
        {
            throw new QmpException($"offset({length}) exceeds maximum({BlockNode.MaxLength})");
        }

        if (node.ReadOnly)
        {
            throw new QmpException("Image is read-only");
        }

        long oldLength = node.Length;
        long grown = Math.Max(0, length - oldLength);
        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Truncate, length - grown, grown);
        try
        {
            bool mayCopy = preallocation != PreallocMode.Off;
            if (grown > 0 || mayCopy)
            {
                // Preallocation of the new area must not overwrite a write that comes meanwhile, and may copy a cluster that begins before it.
                path.Tracker.MakeSerialising(request, mayCopy ? Math.Max(1, node.ClusterSize) : 1);
                await path.Tracker.WaitForConflictsAsync(request);
            }

            await TruncateTrackedAsync(path, edge, length, exact, preallocation, zeroNew || NeedsZeroes(node, oldLength, grown));
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    // A longer backing file must not shine through in the new area.
    private static bool NeedsZeroes(BlockNode node, long oldLength, long grown)
        => grown > 0 && node.CowChild is { } backing && backing.Node.Length > oldLength;

    private static async ValueTask TruncateTrackedAsync(
        RequestPath path, BlockChild edge, long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        BlockNode node = path.Node;
        if ((edge.Used & BlockPermissions.Resize) == 0)
        {
            // The filters of commits take no permission to resize for those above them, whose own may well have it. QEMU ends here.
            throw new BlockIOException(Errno.EPERM);
        }

        await DriverAccess.TruncateAsync(path, length, exact, preallocation, zeroNew);
        await node.RefreshLengthAsync();
        node.Bitmaps.Truncate(node.Length);
        path.Flushes.NoteWrite();
        node.NotifyResized();
    }
}
