using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Copy;

/// <summary>
/// The engine that copies the old contents of a disk to a target, area by area and each cluster once: what remains
/// to be copied is the copy bitmap, and whoever needs an area at once (a guest write) or in the background (a backup)
/// starts a call. Calls that meet in an area wait for one another.
/// </summary>
/// <remarks>Used on the host's event loop only; reads and writes run wherever the drivers run them.</remarks>
public sealed class BlockCopyState
{
    private const int BufferedChunk = 1024 * 1024;
    private const int OffloadedChunk = 16 * 1024 * 1024;
    private const long MaxMemory = 128 * 1024 * 1024;

    private readonly BlockContext _context;
    private readonly AreaTracker _inFlight = new();
    private readonly RateLimit _rate;
    private readonly CopyBufferPool _buffers;
    private readonly BlockCopyWorker _worker;
    private readonly long _maxTransfer;
    private long _inFlightBytes;

    /// <summary>Makes an engine; nothing is copied before a call.</summary>
    /// <param name="source">The edge to read from.</param>
    /// <param name="target">The edge to write to.</param>
    /// <param name="bitmap">What is to be copied; its granularity is the cluster size. The engine changes it, the caller releases it.</param>
    public BlockCopyState(BlockChild source, BlockChild target, DirtyBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(bitmap);
        _context = source.Node.Graph.Context;
        _rate = new RateLimit(_context.Clock);
        Source = source;
        Target = target;
        Bitmap = bitmap;
        Length = source.Node.Length;
        ClusterSize = bitmap.Granularity;
        _maxTransfer = LongestTransfer();
        _buffers = new CopyBufferPool(_context.Loop, (int)Math.Max(ClusterSize, BufferedChunk), MaxMemory);
        _worker = new BlockCopyWorker(source, target, Length, _buffers)
        {
            ClusterSize = ClusterSize,

            // With the source below the target, who reads the target may read the source: the copy must not be torn.
            WriteFlags = BackingChain.Contains(target.Node, source.Node) ? RequestFlags.Serialising : RequestFlags.None,
        };
        SetMethod(compress: false, useCopyRange: false);
    }

    /// <summary>The edge to read from.</summary>
    public BlockChild Source { get; }

    /// <summary>Whether what has been copied is discarded in the source.</summary>
    public bool DiscardsSource { get; set; }

    /// <summary>The edge to write to.</summary>
    public BlockChild Target { get; }

    /// <summary>What remains to be copied and is not being copied.</summary>
    public DirtyBitmap Bitmap { get; }

    /// <summary>Length of the disk in bytes.</summary>
    public long Length { get; }

    /// <summary>The unit of copying in bytes.</summary>
    public long ClusterSize { get; }

    /// <summary>The disk's length in whole clusters, in bytes.</summary>
    public long AlignedLength => Alignment.Up(Length, ClusterSize);

    /// <summary>Bytes to be copied, those under way included.</summary>
    public long Remaining => Bitmap.Count + _inFlightBytes;

    /// <summary>Where copied bytes are counted, or null.</summary>
    public JobProgress? Progress { get; set; }

    /// <summary>Whether areas that the source's own layer does not hold are dropped instead of copied.</summary>
    public bool SkipUnallocated
    {
        get => _worker.SkipUnallocated;
        set => _worker.SkipUnallocated = value;
    }

    /// <summary>The speed limit in bytes per second; 0 means none. Calls that wait have to be kicked.</summary>
    public long Speed
    {
        get => _rate.Speed;
        set => _rate.Speed = value;
    }

    /// <summary>Chooses how areas with data are copied.</summary>
    /// <param name="compress">Whether the target compresses them.</param>
    /// <param name="useCopyRange">Whether to let the operating system copy where it can.</param>
    public void SetMethod(bool compress, bool useCopyRange)
    {
        _worker.Compress = compress;
        _worker.Method = compress || _maxTransfer < ClusterSize ? BlockCopyMethod.ReadWriteCluster
            : useCopyRange ? BlockCopyMethod.TryCopyRange
            : BlockCopyMethod.ReadWrite;
    }

    /// <summary>Starts to copy what is dirty of an area. The call runs at once up to its first wait.</summary>
    /// <param name="offset">Start in bytes, on a cluster.</param>
    /// <param name="bytes">Length in bytes, in whole clusters; the last one may reach beyond the disk.</param>
    /// <param name="options">How to copy.</param>
    /// <param name="onFinished">Told when nothing is under way any more, possibly before this method returns.</param>
    /// <returns>The call.</returns>
    public BlockCopyCall Start(long offset, long bytes, BlockCopyOptions options, Action<BlockCopyCall>? onFinished = null)
    {
        var call = new BlockCopyCall(_context, offset, bytes, options, onFinished);
        _ = RunAsync(call);
        return call;
    }

    /// <summary>Whether an area has nothing to be copied and nothing under way, so that a call would end at once.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>True if so.</returns>
    public bool IsClean(long offset, long bytes)
        => (_inFlight.IsEmpty || _inFlight.Find(offset, bytes) is null) && Bitmap.Bits.NextDirty(offset, bytes) < 0;

    /// <summary>Drops an area: it will not be copied.</summary>
    /// <param name="offset">Start in bytes, on a cluster.</param>
    /// <param name="bytes">Length in bytes, in whole clusters or up to the end of the disk.</param>
    public void Drop(long offset, long bytes)
    {
        Bitmap.Bits.Reset(offset, Math.Min(bytes, Bitmap.Size - offset));
        UpdateRemaining();
    }

    /// <summary>Drops the area at an offset if the source's own layer does not hold it.</summary>
    /// <param name="offset">Start in bytes, on a cluster.</param>
    /// <exception cref="BlockIOException">The source could not be asked.</exception>
    /// <returns>How far the decision reaches, in bytes: at least one cluster.</returns>
    public async ValueTask<long> DropIfUnallocatedAsync(long offset)
    {
        (bool allocated, long bytes) = await _worker.IsAllocatedAsync(offset, AlignedLength - offset);
        if (!allocated)
        {
            Drop(offset, bytes);
        }

        return bytes;
    }

    private async Task RunAsync(BlockCopyCall call)
    {
        try
        {
            bool again = true;
            while (again && call.MayGoOn)
            {
                again = await CopyDirtyAsync(call);
                if (!again && call.MayGoOn)
                {
                    again = await _inFlight.WaitOneAsync(call.Offset, call.Bytes);
                }
            }
        }
        catch (Exception e)
        {
            _context.Loop.Report(e);
            call.Fail(Errno.EIO, isRead: true);
        }

        call.Finish();
    }

    /// <summary>Copies every dirty area of the call's range once.</summary>
    /// <returns>Whether there was any.</returns>
    private async ValueTask<bool> CopyDirtyAsync(BlockCopyCall call)
    {
        long end = call.Offset + call.Bytes;
        bool found = false;
        int inRow = 0;
        for (long offset = call.Offset; call.MayGoOn;)
        {
            long room = call.Options.IgnoreSpeed || Progress is null ? long.MaxValue : Progress.Room(_inFlightBytes, ClusterSize);
            if (room == 0)
            {
                found = true;
                await call.RestAtLimitAsync(Progress!);
                continue;
            }

            if (!TryFindDirty(offset, end, Math.Min(ChunkFor(call), room), out TrackedArea? area))
            {
                break;
            }

            found = true;
            if (!call.Options.IgnoreSpeed && _rate.Delay is var delay && delay > TimeSpan.Zero)
            {
                GiveBack(area);
                await call.SleepAsync(delay);
                continue;
            }

            CopyPlan plan = await _worker.PlanAsync(area.Offset, area.Bytes);
            ShrinkTo(area, plan.Bytes);
            offset = area.End;
            if (plan.Kind == CopyKind.Skip)
            {
                End(area, succeeded: true, copied: 0);
                continue;
            }

            if (area.Offset == call.Offset && area.End == end)
            {
                // The only piece of a small call needs no worker of its own.
                _rate.Account(area.Bytes);
                await CopyAsync(call, area, plan);
                break;
            }

            await call.WaitForWorkerAsync();
            if (!call.MayGoOn)
            {
                GiveBack(area);
                break;
            }

            _rate.Account(area.Bytes);
            call.OnWorkerStarted();
            _ = CopyInWorkerAsync(call, area, plan);
            inRow = await YieldNowAndThenAsync(inRow);
        }

        await call.WaitForWorkersAsync();
        return found;
    }

    private async ValueTask<int> YieldNowAndThenAsync(int inRow)
    {
        // A target that never waits must not keep everybody else off the loop while a huge disk is copied.
        if (inRow < 4096)
        {
            return inRow + 1;
        }

        await _context.Loop.YieldAsync();
        return 0;
    }

    private async Task CopyInWorkerAsync(BlockCopyCall call, TrackedArea area, CopyPlan plan)
    {
        await CopyAsync(call, area, plan);
        call.OnWorkerEnded();
    }

    private async ValueTask CopyAsync(BlockCopyCall call, TrackedArea area, CopyPlan plan)
    {
        CopyResult result = await _worker.CopyAsync(area.Offset, area.Bytes, plan);
        if (result.Errno != Errno.None)
        {
            call.Fail(result.Errno, result.IsRead);
        }
        else if (DiscardsSource)
        {
            await DiscardInSourceAsync(area.Offset, Math.Min(area.Bytes, Length - area.Offset));
        }

        End(area, result.Errno == Errno.None, area.Bytes);
    }

    // Only a hint: what cannot be discarded stays.
    private async ValueTask DiscardInSourceAsync(long offset, long bytes)
    {
        try
        {
            await Source.DiscardAsync(offset, bytes);
        }
        catch (BlockIOException)
        {
        }
    }

    private bool TryFindDirty(long offset, long end, long chunk, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TrackedArea? area)
    {
        if (!Bitmap.Bits.TryNextDirtyArea(offset, end, chunk, out DirtyArea dirty))
        {
            area = null;
            return false;
        }

        // At the end of the disk the area is still a whole cluster, which progress counts in full.
        long bytes = Alignment.Up(dirty.Bytes, ClusterSize);
        Bitmap.Bits.Reset(dirty.Offset, dirty.Bytes);
        _inFlightBytes += bytes;
        area = _inFlight.Add(dirty.Offset, bytes);
        return true;
    }

    private void ShrinkTo(TrackedArea area, long bytes)
    {
        if (bytes >= area.Bytes)
        {
            return;
        }

        long rest = area.Bytes - bytes;
        SetDirty(area.Offset + bytes, rest);
        _inFlightBytes -= rest;
        area.Shrink(bytes);
    }

    private void GiveBack(TrackedArea area) => End(area, succeeded: false, copied: 0);

    private void End(TrackedArea area, bool succeeded, long copied)
    {
        _inFlightBytes -= area.Bytes;
        if (!succeeded)
        {
            SetDirty(area.Offset, area.Bytes);
        }
        else
        {
            Progress?.Add(copied);
        }

        UpdateRemaining();
        _inFlight.Remove(area);
    }

    private void SetDirty(long offset, long bytes) => Bitmap.Bits.Set(offset, Math.Min(bytes, Bitmap.Size - offset));

    private void UpdateRemaining() => Progress?.SetRemaining(Remaining);

    private long ChunkFor(BlockCopyCall call)
    {
        long chunk = _worker.Method switch
        {
            BlockCopyMethod.ReadWriteCluster => ClusterSize,
            BlockCopyMethod.CopyRange => Math.Min(Math.Max(ClusterSize, OffloadedChunk), _maxTransfer),
            _ => Math.Min(Math.Max(ClusterSize, BufferedChunk), _maxTransfer),
        };
        long wish = Alignment.Down(call.Options.MaxChunk, ClusterSize);
        return wish > 0 ? Math.Min(chunk, wish) : chunk;
    }

    private long LongestTransfer()
    {
        long source = Source.Node.Limits.MaxTransfer;
        long target = Target.Node.Limits.MaxTransfer;
        long limit = Math.Min(source == 0 ? int.MaxValue : source, target == 0 ? int.MaxValue : target);
        return Alignment.Down(limit, ClusterSize);
    }
}
