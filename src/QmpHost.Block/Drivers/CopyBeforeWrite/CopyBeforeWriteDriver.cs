using QmpHost.Block.Bitmaps;
using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.CopyBeforeWrite;

/// <summary>
/// copy-before-write: a filter that copies the old contents of an area to a target before it lets a write pass, so
/// that the disk as it was when the filter was opened stays readable: what was written since from the target, the
/// rest from the disk itself.
/// </summary>
/// <remarks>
/// A snapshot read of the disk itself holds guest writes of that area back for as long as it lasts; a snapshot read
/// never waits for a guest write.
/// </remarks>
internal sealed class CopyBeforeWriteDriver(BlockDriverDescriptor descriptor) : BlockDriver, ISnapshotAccess
{
    private const RequestFlags ZeroFlags = RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback;

    private readonly AreaTracker _frozenReads = new();
    private BlockChild? _file;
    private BlockChild? _target;
    private BlockCopyState? _copy;
    private DirtyBitmapList? _copyBitmapOwner;
    private SnapshotBitmaps? _snapshot;
    private OnCbwError _onError;
    private TimeSpan _timeout = Timeout.InfiniteTimeSpan;
    private bool _snapshotIsBroken;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "copy-before-write",
        SchemaValue = BlockdevDriver.CopyBeforeWrite,
        Make = static table => new CopyBeforeWriteDriver(table),
        IsFilter = true,
        Children = new Dictionary<string, ChildRole>
        {
            ["file"] = ChildRole.Filtered | ChildRole.Primary,
            ["target"] = ChildRole.Data,
        },
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <summary>The engine that copies, shared with the backup job that inserted the filter.</summary>
    public BlockCopyState Copy => _copy ?? throw new InvalidOperationException("The node is not open.");

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | (File.Node.Driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.WriteUnchanged | (File.Node.Driver.SupportedZeroFlags & ZeroFlags);

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override bool ProvidesInfo => File.Node.Driver.ProvidesInfo;

    /// <inheritdoc/>
    public override string? ExactFilename => NodeFilename.Of(File.Node);

    /// <inheritdoc/>
    public override ISnapshotAccess? SnapshotAccess => _snapshot is null ? null : this;

    private BlockChild File => _file ?? throw new InvalidOperationException("The node is not open.");

    private BlockChild Target => _target ?? throw new InvalidOperationException("The node is not open.");

    private SnapshotBitmaps Snapshot => _snapshot ?? throw new BlockIOException(Errno.ENOTSUP);

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsCbw)context.Options.Branch!;
        BlockGraph graph = context.Node.Graph;
        _file = await context.OpenChildAsync(options.File, "file");
        _target = await context.OpenChildAsync(options.Target, "target");
        DirtyBitmap? initial = options.Bitmap is { } reference ? FindBitmap(graph, reference) : null;
        _onError = options.OnCbwError ?? OnCbwError.BreakGuestWrite;
        _timeout = options.CbwTimeout is > 0 and uint seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan;
        context.Node.Length = _file.Node.Length;

        long clusterSize = await CopyGeometry.GetClusterSizeAsync(_target.Node, options.MinClusterSize ?? 0);
        DirtyBitmap copyBitmap = CreateCopyBitmap(graph.Context.Profile, clusterSize, initial);
        _copy = new BlockCopyState(_file, _target, copyBitmap);
        if (graph.Context.Profile.Has(Behaviour.SnapshotBitmapsOnFilter))
        {
            _snapshot = new SnapshotBitmaps(context.Node, copyBitmap);
        }
    }

    /// <summary>Has what is copied discarded in the disk.</summary>
    /// <exception cref="QmpException">The disk cannot be written to; nothing has changed.</exception>
    public void DiscardSource()
    {
        Copy.DiscardsSource = true;
        try
        {
            PermissionUpdate.Run([Node]);
        }
        catch
        {
            Copy.DiscardsSource = false;
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _snapshot?.Release();
        if (_copy is { } copy)
        {
            _copyBitmapOwner!.Release(copy.Bitmap);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(File.Node.Length);

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => File.ReadAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        ValueTask copied = CopyBeforeWriteAsync(offset, buffer.Length, flags);
        return copied.IsCompletedSuccessfully ? File.WriteAsync(offset, buffer, flags) : FinishAsync(copied, offset, buffer, flags);

        async ValueTask FinishAsync(ValueTask copied, long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        {
            await copied;
            await File.WriteAsync(offset, buffer, flags);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        await CopyBeforeWriteAsync(offset, bytes, flags);
        await File.WriteZeroesAsync(offset, bytes, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        await CopyBeforeWriteAsync(offset, bytes, RequestFlags.None);
        await File.DiscardAsync(offset, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
        => ValueTask.FromResult(new BlockStatus(BlockStatusFlags.Raw | BlockStatusFlags.OffsetValid, bytes, offset, File.Node));

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => File.TruncateAsync(length, exact, preallocation, zeroNew);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        if (child.Name == "target")
        {
            // The target may be the top of a fleecing scheme with users of its own: only its length must stay.
            return (BlockPermissions.Write, BlockPermissions.All & ~BlockPermissions.Resize);
        }

        if (Node.Parents.Count == 0)
        {
            // A filter that nobody uses yet must not disturb those who use the disk directly, until it is put in their place.
            return (BlockPermissions.None, BlockPermissions.All);
        }

        (BlockPermissions used, shared) = ChildPermissionRules.Default(Node, child, needed, shared);
        if ((needed & BlockPermissions.Write) != 0)
        {
            used |= BlockPermissions.ConsistentRead;
        }

        if (Copy.DiscardsSource)
        {
            used |= BlockPermissions.Write;
        }

        // A write that does not pass the filter would not be copied.
        return (used, shared & ~(BlockPermissions.Write | BlockPermissions.Resize));
    }

    /// <inheritdoc/>
    public async ValueTask ReadSnapshotAsync(long offset, Memory<byte> buffer)
    {
        Node.Io.Enter();
        try
        {
            while (buffer.Length > 0)
            {
                CheckAccess(offset, buffer.Length);
                int bytes = await ReadPieceAsync(offset, buffer);
                offset += bytes;
                buffer = buffer[bytes..];
            }
        }
        finally
        {
            Node.Io.Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlockStatus> GetSnapshotBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        CheckAccess(offset, bytes);
        if (Snapshot.IsDone(offset, bytes, out long run))
        {
            BlockStatus copied = await Target.GetBlockStatusAsync(wantZero, offset, run);

            // Whatever the target says, the area was written there and is not to be looked for anywhere else.
            return copied with { Flags = copied.Flags | BlockStatusFlags.Allocated };
        }

        TrackedArea frozen = _frozenReads.Add(offset, run);
        try
        {
            return await File.GetBlockStatusAsync(wantZero, offset, run);
        }
        finally
        {
            _frozenReads.Remove(frozen);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DiscardSnapshotAsync(long offset, long bytes)
    {
        Node.Io.Enter();
        try
        {
            (offset, bytes) = Snapshot.Forget(offset, bytes);
            if (bytes > 0)
            {
                Copy.Drop(offset, bytes);
                await Target.DiscardAsync(offset, bytes);
            }
        }
        finally
        {
            Node.Io.Leave();
        }
    }

    private static DirtyBitmap FindBitmap(BlockGraph graph, BlockDirtyBitmap reference)
    {
        BlockNode node = graph.FindNode(reference.Node) ?? throw new QmpException($"Node '{reference.Node}' not found");
        return node.Bitmaps.Get(reference.Name);
    }

    private DirtyBitmap CreateCopyBitmap(VersionProfile profile, long clusterSize, DirtyBitmap? initial)
    {
        _copyBitmapOwner = profile.Has(Behaviour.CopyBitmapOnFilter) ? Node.Bitmaps : File.Node.Bitmaps;
        DirtyBitmap bitmap = SnapshotBitmaps.CreateDisabled(_copyBitmapOwner, clusterSize);
        if (initial is null)
        {
            bitmap.Bits.SetAll();
            return bitmap;
        }

        try
        {
            DirtyBitmapOperations.Merge(bitmap, initial).Commit();
            return bitmap;
        }
        catch (QmpException e)
        {
            _copyBitmapOwner.Release(bitmap);
            throw new QmpException(
                $"Cannot create block-copy-state: Failed to merge bitmap '{initial.Name}' to internal copy-bitmap: {e.Message}");
        }
    }

    private void CheckAccess(long offset, long bytes)
    {
        if (_snapshotIsBroken || !Snapshot.MayAccess(offset, bytes))
        {
            throw new BlockIOException(Errno.EACCES);
        }
    }

    private async ValueTask<int> ReadPieceAsync(long offset, Memory<byte> buffer)
    {
        if (Snapshot.IsDone(offset, buffer.Length, out long run))
        {
            await Target.ReadAsync(offset, buffer[..(int)run]);
            return (int)run;
        }

        TrackedArea frozen = _frozenReads.Add(offset, run);
        try
        {
            await File.ReadAsync(offset, buffer[..(int)run]);
            return (int)run;
        }
        finally
        {
            _frozenReads.Remove(frozen);
        }
    }

    /// <summary>Sees to it that an area can be overwritten without harm to the snapshot, or that the snapshot is given up.</summary>
    private ValueTask CopyBeforeWriteAsync(long offset, long bytes, RequestFlags flags)
    {
        if ((flags & RequestFlags.WriteUnchanged) != 0)
        {
            return ValueTask.CompletedTask;
        }

        long start = Alignment.Down(offset, Copy.ClusterSize);
        long end = Alignment.Up(offset + bytes, Copy.ClusterSize);
        if (!_snapshotIsBroken && !Copy.IsClean(start, end - start))
        {
            return CopyThenPassAsync(start, end - start);
        }

        return PassAsync(start, end - start);
    }

    private async ValueTask CopyThenPassAsync(long offset, long bytes)
    {
        Errno errno = await CopyAreaAsync(offset, bytes);
        if (errno != Errno.None)
        {
            if (_onError == OnCbwError.BreakGuestWrite)
            {
                throw new BlockIOException(errno);
            }

            _snapshotIsBroken = true;
        }

        await PassAsync(offset, bytes);
    }

    private ValueTask PassAsync(long offset, long bytes)
    {
        if (!_snapshotIsBroken)
        {
            _snapshot?.MarkDone(offset, bytes);
        }

        // Whoever reads the old contents here right now began before they were copied, or before the snapshot broke.
        return _frozenReads.IsEmpty ? ValueTask.CompletedTask : _frozenReads.WaitAllAsync(offset, bytes);
    }

    private async ValueTask<Errno> CopyAreaAsync(long offset, long bytes)
    {
        var wait = new LoopSignal();
        Node.Io.Enter();
        BlockCopyCall call = Copy.Start(offset, bytes, new BlockCopyOptions { IgnoreSpeed = true }, _ =>
        {
            // After a time-out the copy still ends by itself, and a drained section waits for that too.
            Node.Io.Leave();
            wait.Raise();
        });
        if (call.IsFinished)
        {
            return call.Error;
        }

        var timer = new LoopTimer(Node.Graph.Context, wait.Raise);
        timer.Start(_timeout);
        await wait;
        timer.Stop();
        if (call.IsFinished)
        {
            return call.Error;
        }

        call.Cancel();
        return Errno.ETIMEDOUT;
    }
}
