using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>Writes that need more than the driver: read-modify-write, splitting, marking, waiting, flags.</summary>
internal static class WriteRequests
{
    public static async ValueTask FinishPlainAsync(RequestPath path, ValueTask task, TrackedRequest request)
    {
        try
        {
            await task;
        }
        finally
        {
            FinishWrite(path, request, succeeded: false);
            path.Tracker.End(request);
            path.Leave();
        }
    }

    public static async ValueTask WriteAsync(RequestPath path, BlockChild edge, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        RequestPath.CheckArea(offset, buffer.Length);
        int alignment = path.RequestAlignment;
        bool aligned = Alignment.IsAligned(offset, alignment) && Alignment.IsAligned(buffer.Length, alignment);
        if (buffer.Length == 0 && !Alignment.IsAligned(offset, alignment))
        {
            return;
        }

        // A compressed write ends where the disk ends, whatever the alignment.
        if ((flags & RequestFlags.WriteCompressed) != 0)
        {
            aligned = true;
        }

        path.Enter();
        TrackedRequest request = path.Tracker.Begin(RequestKind.Write, offset, buffer.Length);
        try
        {
            if (aligned)
            {
                await WriteAlignedAsync(path, edge, request, offset, buffer, flags);
            }
            else
            {
                path.Tracker.MakeSerialising(request, alignment);
                await path.Tracker.WaitForConflictsAsync(request);
                await WritePaddedAsync(path, edge, request, offset, buffer, flags);
            }
        }
        finally
        {
            path.Tracker.End(request);
            path.Leave();
        }
    }

    /// <summary>Writes an aligned area for a tracked request: checks, waits, writes and marks.</summary>
    public static async ValueTask WriteAlignedAsync(
        RequestPath path, BlockChild edge, TrackedRequest request, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await PrepareAsync(path, edge, request, offset, buffer.Length, flags);
        bool succeeded = false;
        try
        {
            if (IsDetectedZero(path, buffer, ref flags))
            {
                await path.Driver.OnDebugEventAsync(BlkdebugEvent.PwritevZero);
                await ZeroRequests.WriteToDriverAsync(path, offset, buffer.Length, flags);
            }
            else if ((flags & RequestFlags.WriteCompressed) != 0)
            {
                await DriverAccess.WriteCompressedAsync(path, offset, buffer);
            }
            else
            {
                await path.Driver.OnDebugEventAsync(BlkdebugEvent.Pwritev);
                await WriteToDriverAsync(path, offset, buffer, flags);
            }

            await path.Driver.OnDebugEventAsync(BlkdebugEvent.PwritevDone);
            succeeded = true;
        }
        finally
        {
            Finish(path, offset, buffer.Length, succeeded);
        }
    }

    /// <summary>What every change of data passes before it reaches the driver.</summary>
    public static ValueTask PrepareAsync(RequestPath path, BlockChild edge, TrackedRequest request, long offset, long bytes, RequestFlags flags)
    {
        if (!path.Node.IsWritable)
        {
            throw new BlockIOException(Errno.EPERM);
        }

        BlockPermissions enough = (flags & RequestFlags.WriteUnchanged) != 0
            ? BlockPermissions.Write | BlockPermissions.WriteUnchanged
            : BlockPermissions.Write;
        if ((edge.Used & enough) == 0)
        {
            throw new BlockIOException(Errno.EPERM);
        }

        if (offset + bytes > path.Node.Length && (edge.Used & BlockPermissions.Resize) == 0
            && offset + bytes > Alignment.Up(path.Node.Length, path.RequestAlignment))
        {
            throw new BlockIOException(Errno.EIO);
        }

        if ((flags & RequestFlags.Serialising) != 0)
        {
            path.Tracker.MakeSerialising(request, Math.Max(path.RequestAlignment, path.Node.ClusterSize));
            if ((flags & RequestFlags.NoWait) != 0 && path.Tracker.FindConflict(request) is not null)
            {
                throw new BlockIOException(Errno.EBUSY);
            }
        }

        CheckThreshold(path.Node, offset + bytes);
        return path.Tracker.WaitForConflictsAsync(request);
    }

    /// <summary>What every change of data leaves behind: marks, statistics, a longer disk.</summary>
    public static void Finish(RequestPath path, long offset, long bytes, bool succeeded)
    {
        BlockNode node = path.Node;
        if (succeeded && offset + bytes > node.Length)
        {
            node.Length = Alignment.Up(offset + bytes, BlockNode.SectorSize);
            node.Bitmaps.Truncate(node.Length);
            node.NotifyResized();
        }

        path.NoteWrite(offset + bytes);
        MarkDirty(node, offset, bytes);
    }

    /// <summary>Marks an area in the node's bitmaps, as far as the disk reaches.</summary>
    public static void MarkDirty(BlockNode node, long offset, long bytes)
    {
        long end = Math.Min(offset + bytes, node.Length);
        if (end > offset)
        {
            node.Bitmaps.MarkDirty(offset, end - offset);
        }
    }

    /// <summary>Gives data to the driver in pieces that it takes, with force-unit-access by a flush where it lacks it.</summary>
    public static async ValueTask WriteToDriverAsync(RequestPath path, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        RequestFlags supported = path.Driver.SupportedWriteFlags;
        RequestFlags passed = flags & supported;
        while (buffer.Length > path.MaxTransfer)
        {
            int piece = (int)path.MaxTransfer;

            // Where force-unit-access is emulated, one flush at the end does for all pieces; where not, each piece needs it.
            await DriverAccess.WriteAsync(path, offset, buffer[..piece], passed);
            offset += piece;
            buffer = buffer[piece..];
        }

        await DriverAccess.WriteAsync(path, offset, buffer, passed);
        if ((flags & ~supported & RequestFlags.Fua) != 0)
        {
            path.Flushes.NoteWrite();
            await FlushRequests.FlushAsync(path);
        }
    }

    // Tells the client once that a write goes beyond what it expected.
    private static void CheckThreshold(BlockNode node, long end)
    {
        ulong threshold = node.WriteThreshold;
        if (threshold == 0 || (ulong)end <= threshold)
        {
            return;
        }

        node.WriteThreshold = 0;
        node.Graph.Context.Events.Emit(new BlockWriteThresholdEvent
        {
            NodeName = node.NodeName,
            AmountExceeded = (ulong)end - threshold,
            WriteThreshold = threshold,
        });
    }

    private static void FinishWrite(RequestPath path, TrackedRequest request, bool succeeded)
        => Finish(path, request.Offset, request.Bytes, succeeded);

    private static bool IsDetectedZero(RequestPath path, ReadOnlyMemory<byte> buffer, ref RequestFlags flags)
    {
        if (path.DetectZeroes == BlockdevDetectZeroesOptions.Off || (flags & RequestFlags.WriteCompressed) != 0
            || !path.Driver.SupportsWriteZeroes || buffer.Span.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        if (path.DetectZeroes == BlockdevDetectZeroesOptions.Unmap && path.Unmap)
        {
            flags |= RequestFlags.MayUnmap;
        }

        return true;
    }

    // The request covers parts of blocks: reads the blocks at its ends, and writes the whole.
    private static async ValueTask WritePaddedAsync(
        RequestPath path, BlockChild edge, TrackedRequest request, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        var padding = new RequestPadding(offset, buffer.Length, path.RequestAlignment);
        int length = checked((int)padding.Length);
        byte[] bounce = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Memory<byte> whole = bounce.AsMemory(0, length);
            await padding.ReadEndsAsync(path, whole);
            buffer.CopyTo(whole[(int)padding.Head..]);
            await WriteAlignedAsync(path, edge, request, padding.Start, whole, flags);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bounce);
        }
    }
}
