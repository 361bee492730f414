using QmpHost.Block.Bitmaps;
using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Jobs.Mirror;

/// <summary>
/// Copies what a bitmap holds, several areas at a time, each at most once at a time: what a guest writes during the copy
/// of an area is in the bitmap again and is copied again.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal sealed class MirrorCopier
{
    /// <summary>How many areas are on the way at once.</summary>
    public const int MaxInFlight = 16;

    private const int LargestBuffer = 1 << 20;

    // How far the source is asked at once: what reads as zeroes is written in one request.
    private const long Window = 1L << 30;

    private readonly LoopSignal _ended = new();
    private readonly RateLimit _rate;
    private readonly BlockCopyWorker _worker;
    private readonly BlockChild _target;
    private readonly Action<CopyResult> _onFailed;
    private readonly Action<long> _onCopied;
    private readonly long _unit;
    private readonly long _memory;
    private readonly int _chunk;
    private readonly bool _zeroesAreFree;

    // What of the target has been known to read as zeroes from the start, or null where nothing is.
    private readonly HierarchicalBitmap? _knownZeroes;
    private long _cursor;
    private long _dataStart;
    private long _dataEnd;

    /// <summary>Makes a copier; nothing is copied yet.</summary>
    /// <param name="source">The edge to read from.</param>
    /// <param name="target">The edge to write to.</param>
    /// <param name="dirty">What is to be copied.</param>
    /// <param name="options">What the client wants.</param>
    /// <param name="onCopied">Told how many bytes were copied.</param>
    /// <param name="onFailed">Told of a failure; the area is to be copied again.</param>
    public MirrorCopier(
        BlockChild source, BlockChild target, DirtyBitmap dirty, MirrorOptions options, Action<long> onCopied, Action<CopyResult> onFailed)
    {
        BlockContext context = target.Node.Graph.Context;
        Dirty = dirty;
        Length = source.Node.Length;
        _target = target;
        _onCopied = onCopied;
        _onFailed = onFailed;
        _rate = new RateLimit(context.Clock) { Speed = options.Speed };

        // A target whose backing file is not there yet would complete partly written clusters with zeroes.
        _unit = target.Node.Driver.BackingFilename is null ? dirty.Granularity : Math.Max(dirty.Granularity, target.Node.ClusterSize);
        _memory = Math.Max(options.BufferSize == 0 ? MirrorOptions.DefaultBufferSize : options.BufferSize, _unit);
        _chunk = (int)Math.Max(_unit, Alignment.Down(Math.Min(_memory, LargestBuffer), _unit));
        _zeroesAreFree = options.Unmap && CanUnmap(target.Node);
        if (options.TargetReadsZero)
        {
            _knownZeroes = new HierarchicalBitmap(Length, dirty.Granularity);
            _knownZeroes.SetAll();
        }

        _worker = new BlockCopyWorker(source, target, Length, new CopyBufferPool(context.Loop, _chunk, Math.Max(_memory, _chunk)))
        {
            ClusterSize = _unit,
            Method = BlockCopyMethod.ReadWrite,
            ZeroFlags = options.Unmap ? RequestFlags.MayUnmap : RequestFlags.None,
        };
    }

    /// <summary>What is to be copied and is not being copied.</summary>
    public DirtyBitmap Dirty { get; }

    /// <summary>The areas on which somebody works: this copier, and guests that write to both sides.</summary>
    public AreaTracker Areas { get; } = new();

    /// <summary>Length of the disk in bytes.</summary>
    public long Length { get; }

    /// <summary>How many bytes more may begin; told before each call of <see cref="CopySomeAsync"/>.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>The unit of copying in bytes.</summary>
    public long Unit => _unit;

    /// <summary>How many areas are on the way.</summary>
    public int InFlight { get; private set; }

    /// <summary>Bytes on the way.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>Whether nothing is to be copied and nothing on the way.</summary>
    public bool IsIdle => InFlight == 0 && Dirty.Count == 0;

    /// <summary>Whether nothing more can begin before something on the way ends.</summary>
    public bool MustWait => InFlight >= MaxInFlight || (InFlight > 0 && Dirty.Count == 0);

    /// <summary>The speed limit in bytes per second; 0 means none.</summary>
    public long Speed
    {
        set => _rate.Speed = value;
    }

    /// <summary>Whether a node gives space up where zeroes are written.</summary>
    public static bool CanUnmap(BlockNode node)
        => node.Flags.Unmap && (node.Driver.SupportedZeroFlags & RequestFlags.MayUnmap) != 0;

    /// <summary>Begins to copy the next areas: those that follow one another, as far as there are buffers.</summary>
    /// <returns>How long to wait, because of the speed limit, before more may begin.</returns>
    public async ValueTask<TimeSpan> CopySomeAsync()
    {
        TimeSpan delay;
        long end;
        long begun = 0;
        do
        {
            long before = BytesInFlight;
            delay = await CopyNextAsync();
            begun += Math.Max(BytesInFlight - before, _unit);
            end = _cursor;
        }
        while (begun < _memory && InFlight < MaxInFlight && Room > 0 && end < Length && Dirty.Bits.Get(end));
        return delay;
    }

    /// <summary>Begins to fill an area of the target with zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void StartZeroing(long offset, long bytes)
    {
        InFlight++;
        _ = ZeroAsync(Areas.Add(offset, bytes));
    }

    /// <summary>Waits until something on the way has ended.</summary>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitOneAsync()
    {
        int before = InFlight;
        while (InFlight > 0 && InFlight >= before)
        {
            await _ended;
        }
    }

    /// <summary>Waits until nothing is on the way.</summary>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitAllAsync()
    {
        while (InFlight > 0)
        {
            await _ended;
        }
    }

    /// <summary>Has an area copied, again.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void MarkDirty(long offset, long bytes) => Dirty.Bits.Set(offset, Math.Min(bytes, Length - offset));

    /// <summary>Notes that an area of the target is written to.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void ForgetZeroes(long offset, long bytes) => _knownZeroes?.Reset(offset, Math.Min(bytes, Length - offset));

    // Another area that is in the way is waited for instead.
    private async ValueTask<TimeSpan> CopyNextAsync()
    {
        (long offset, long bytes) = FindNext();
        if (Areas.Find(offset, bytes) is { } other)
        {
            bytes = other.Offset - offset;
            if (bytes < _unit)
            {
                await other.WaitAsync();
                return TimeSpan.Zero;
            }

            bytes = Alignment.Down(bytes, _unit);
        }

        bytes = Math.Min(bytes, Room);
        Room -= bytes;
        Dirty.Bits.Reset(offset, bytes);
        TrackedArea area = Areas.Add(offset, bytes);
        InFlight++;
        BytesInFlight += bytes;
        CopyPlan plan = await PlanAsync(offset, bytes);
        GiveBackRest(area, plan);
        _cursor = area.End;
        TimeSpan delay = plan.Kind == CopyKind.Zero && _zeroesAreFree ? TimeSpan.Zero : _rate.Account(area.Bytes);
        _ = CopyAsync(area, plan);
        return delay;
    }

    private (long Offset, long Bytes) FindNext()
    {
        if (!Dirty.Bits.TryNextDirtyArea(_cursor, Length, Window, out DirtyArea dirty))
        {
            Dirty.Bits.TryNextDirtyArea(0, Length, Window, out dirty);
        }

        long start = Alignment.Down(dirty.Offset, _unit);
        return (start, Math.Min(Alignment.Up(dirty.Offset + dirty.Bytes, _unit), Length) - start);
    }

    private async ValueTask<CopyPlan> PlanAsync(long offset, long bytes)
    {
        if (offset >= _dataStart && offset + _unit <= _dataEnd)
        {
            return new CopyPlan(CopyKind.Data, Math.Min(Math.Min(bytes, _chunk), Alignment.Down(_dataEnd - offset, _unit)), BlockCopyMethod.ReadWrite);
        }

        CopyPlan plan = await _worker.PlanAsync(offset, bytes);
        if (plan.Kind != CopyKind.Data)
        {
            return plan;
        }

        (_dataStart, _dataEnd) = (offset, offset + plan.Bytes);
        return plan with { Bytes = Math.Min(plan.Bytes, _chunk) };
    }

    private void GiveBackRest(TrackedArea area, CopyPlan plan)
    {
        long rest = area.Bytes - plan.Bytes;
        if (rest > 0)
        {
            Dirty.Bits.Set(area.Offset + plan.Bytes, rest);
            BytesInFlight -= rest;
            Room += rest;
            area.Shrink(plan.Bytes);
        }
    }

    private async Task CopyAsync(TrackedArea area, CopyPlan plan)
    {
        if (plan.Kind == CopyKind.Zero && _knownZeroes is not null && _knownZeroes.Status(area.Offset, area.Bytes, out long known) && known >= area.Bytes)
        {
            await _target.Node.Graph.Context.Loop.YieldAsync();
            BytesInFlight -= area.Bytes;
            End(area, default, area.Bytes);
            return;
        }

        ForgetZeroes(area.Offset, area.Bytes);
        CopyResult result = await _worker.CopyAsync(area.Offset, area.Bytes, plan);
        BytesInFlight -= area.Bytes;
        End(area, result, area.Bytes);
    }

    private async Task ZeroAsync(TrackedArea area)
    {
        var result = default(CopyResult);
        try
        {
            await _target.WriteZeroesAsync(area.Offset, area.Bytes, RequestFlags.MayUnmap);
        }
        catch (BlockIOException e)
        {
            result = new CopyResult(e.Errno, IsRead: false);
        }

        End(area, result, copied: 0);
    }

    private void End(TrackedArea area, CopyResult result, long copied)
    {
        InFlight--;
        Areas.Remove(area);
        if (result.Errno != Errno.None)
        {
            MarkDirty(area.Offset, area.Bytes);
            _onFailed(result);
        }
        else if (copied > 0)
        {
            _onCopied(copied);
        }

        _ended.Raise();
    }
}
