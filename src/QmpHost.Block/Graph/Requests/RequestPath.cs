using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Requests;

/// <summary>
/// The generic half of a node's requests: counting, tracking and the short cut for plain requests. What needs padding,
/// splitting, marking or waiting is in the classes of one kind of request each.
/// </summary>
internal sealed class RequestPath(BlockNode node)
{
    private long _alignmentMask;
    private long _maxTransfer = long.MaxValue;
    private bool _plainWrites;

    /// <summary>The node.</summary>
    public BlockNode Node => node;

    /// <summary>The driver.</summary>
    public BlockDriver Driver { get; } = node.Driver;

    /// <summary>Requests under way in the node.</summary>
    public int InFlight { get; private set; }

    /// <summary>Which of them may conflict.</summary>
    public RequestTracker Tracker { get; } = new();

    /// <summary>Flush state.</summary>
    public FlushState Flushes { get; } = new();

    /// <summary>How many users want reads to populate the node from its backing chain.</summary>
    public int CopyOnReadUsers { get; set; }

    /// <summary>The end of the highest write so far, in bytes.</summary>
    public long HighestWriteOffset { get; private set; }

    /// <summary>What written zeroes become.</summary>
    public BlockdevDetectZeroesOptions DetectZeroes { get; set; } = BlockdevDetectZeroesOptions.Off;

    /// <summary>Whether discards and unmapping zero writes reach the driver.</summary>
    public bool Unmap { get; set; }

    /// <summary>Whether flushes stay away from the disk.</summary>
    public bool NoFlush { get; set; }

    /// <summary>Who sees requests before the driver does, or null.</summary>
    public IRequestInterceptor? Interceptor { get; private set; }

    /// <summary>The alignment of every request to the driver.</summary>
    public int RequestAlignment => (int)(_alignmentMask + 1);

    /// <summary>The longest request to the driver, in bytes.</summary>
    public long MaxTransfer => _maxTransfer;

    /// <summary>Takes over what changes seldom: limits and options of the node.</summary>
    public void Refresh()
    {
        BlockLimits limits = node.Limits;
        Interceptor = node.Graph.Interceptor;
        _alignmentMask = limits.RequestAlignment - 1;
        long max = limits.MaxTransfer == 0 ? int.MaxValue : Math.Min(limits.MaxTransfer, int.MaxValue);
        _maxTransfer = Math.Max(Alignment.Down(max, limits.RequestAlignment), limits.RequestAlignment);
        _plainWrites = DetectZeroes == BlockdevDetectZeroesOptions.Off && !Driver.ObservesDebugEvents && node.WriteThreshold == 0 && Interceptor is null;
    }

    /// <summary>Counts a request in.</summary>
    public void Enter() => InFlight++;

    /// <summary>Counts a request out.</summary>
    public void Leave()
    {
        if (--InFlight == 0)
        {
            node.Graph.NotifyIdle();
        }
    }

    public ValueTask ReadAsync(BlockChild edge, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        if (flags != RequestFlags.None || CopyOnReadUsers > 0 || Interceptor is not null || !IsPlain(offset, buffer.Length))
        {
            return ReadRequests.ReadAsync(this, edge, offset, buffer, flags);
        }

        Enter();
        ValueTask task;
        try
        {
            task = Driver.ReadAsync(offset, buffer, flags);
        }
        catch (BlockIOException e)
        {
            task = ValueTask.FromException(e);
        }

        if (task.IsCompleted)
        {
            Leave();
            return task;
        }

        // Nobody else ran since the driver was called, so that the request is tracked early enough.
        return ReadRequests.FinishPlainAsync(this, task, Tracker.Begin(RequestKind.Read, offset, buffer.Length));
    }

    public ValueTask WriteAsync(BlockChild edge, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        if (flags != RequestFlags.None || !_plainWrites || !node.IsWritable || node.Bitmaps.IsRecording
            || (edge.Used & BlockPermissions.Write) == 0 || !IsPlain(offset, buffer.Length))
        {
            return WriteRequests.WriteAsync(this, edge, offset, buffer, flags);
        }

        Enter();
        ValueTask task;
        try
        {
            task = Driver.WriteAsync(offset, buffer, flags);
        }
        catch (BlockIOException e)
        {
            task = ValueTask.FromException(e);
        }

        if (task.IsCompleted)
        {
            NoteWrite(offset + buffer.Length);
            Leave();
            return task;
        }

        return WriteRequests.FinishPlainAsync(this, task, Tracker.Begin(RequestKind.Write, offset, buffer.Length));
    }

    public ValueTask WriteZeroesAsync(BlockChild edge, long offset, long bytes, RequestFlags flags)
        => ZeroRequests.WriteZeroesAsync(this, edge, offset, bytes, flags);

    public ValueTask DiscardAsync(BlockChild edge, long offset, long bytes)
        => DiscardRequests.DiscardAsync(this, edge, offset, bytes);

    public ValueTask FlushAsync() => FlushRequests.FlushAsync(this);

    public ValueTask TruncateAsync(BlockChild edge, long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => TruncateRequests.TruncateAsync(this, edge, length, exact, preallocation, zeroNew);

    /// <summary>Notes that something was written below an offset.</summary>
    public void NoteWrite(long end)
    {
        Flushes.NoteWrite();
        if (end > HighestWriteOffset)
        {
            HighestWriteOffset = end;
        }
    }

    /// <summary>Refuses areas that no disk can have.</summary>
    public static void CheckArea(long offset, long bytes)
    {
        if (offset < 0 || bytes < 0 || bytes > BlockNode.MaxLength || offset > BlockNode.MaxLength - bytes)
        {
            throw new BlockIOException(Errno.EIO);
        }
    }

    private bool IsPlain(long offset, int bytes)
        => ((offset | (uint)bytes) & _alignmentMask) == 0
            && offset >= 0 && bytes > 0 && bytes <= _maxTransfer && offset <= node.Length - bytes
            && !Tracker.HasSerialising;
}
