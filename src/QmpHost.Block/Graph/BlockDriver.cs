using QmpHost.Block.Core;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>
/// The driver's half of one node: it translates requests and nothing else. Bounds, alignment, tracking, bitmaps,
/// fallbacks and splitting are done by the generic layer before a method here is called.
/// </summary>
/// <remarks>
/// All members run on the host's event loop. Requests fail with <see cref="BlockIOException"/>; opening fails with
/// <see cref="Qapi.QmpException"/>. Several requests may be in flight at once.
/// </remarks>
public abstract class BlockDriver
{
    private BlockNode? _node;

    /// <summary>What this driver is.</summary>
    public abstract BlockDriverDescriptor Descriptor { get; }

    /// <summary>The node that this instance drives.</summary>
    public BlockNode Node => _node ?? throw new InvalidOperationException("The driver is not attached to a node.");

    /// <summary>Opens children and image. Called once, before any request.</summary>
    /// <param name="context">The options and the means to open children.</param>
    /// <returns>A task that ends when the node can take requests.</returns>
    public abstract ValueTask OpenAsync(BlockOpenContext context);

    /// <summary>
    /// The first half of a reopening: checks and takes what the new options need, and changes nothing that requests see. Called only
    /// for drivers whose table names <see cref="BlockDriverDescriptor.ReopenOptions"/>.
    /// </summary>
    /// <param name="context">The new options.</param>
    /// <exception cref="Qapi.QmpException">The node cannot be reopened so; nothing has changed.</exception>
    /// <returns>What was prepared.</returns>
    public virtual ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context) => ValueTask.FromResult(BlockReopen.None);

    /// <summary>Flushes and releases what <see cref="OpenAsync"/> took; the children are detached by the graph afterwards.</summary>
    /// <returns>A task that ends when everything is released.</returns>
    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    /// <summary>Makes the image complete for another process: nothing is kept back, nothing is written from now on.</summary>
    /// <returns>A task that ends when the image is complete.</returns>
    /// <exception cref="BlockIOException">It could not be written; the node stays active.</exception>
    public virtual ValueTask InactivateAsync() => ValueTask.CompletedTask;

    /// <summary>Takes the image back: whatever is known of it is read again.</summary>
    /// <returns>A task that ends when it is read.</returns>
    /// <exception cref="Qapi.QmpException">It could not be read; the node stays inactive.</exception>
    public virtual ValueTask ActivateAsync() => ValueTask.CompletedTask;

    /// <summary>The length of the disk in bytes, asked at open and after a resize.</summary>
    /// <returns>The length in bytes.</returns>
    public abstract ValueTask<long> GetLengthAsync();

    /// <summary>The length of a disk that is as long as its child at any moment, asked when the child was resized by others; null for any other.</summary>
    public virtual long? LengthOfChild => null;

    /// <summary>The limits of this node, given those of its children.</summary>
    /// <param name="inherited">The strictest limits of the children that carry data.</param>
    /// <returns>The limits.</returns>
    public virtual BlockLimits RefreshLimits(BlockLimits inherited) => inherited;

    /// <summary>
    /// Flags that <see cref="ReadAsync"/> carries out itself; the others are carried out by the generic layer and not passed on.
    /// </summary>
    public virtual RequestFlags SupportedReadFlags => RequestFlags.None;

    /// <summary>Flags that <see cref="WriteAsync"/> carries out itself; the others are emulated or dropped.</summary>
    public virtual RequestFlags SupportedWriteFlags => RequestFlags.None;

    /// <summary>Flags that <see cref="WriteZeroesAsync"/> carries out itself.</summary>
    public virtual RequestFlags SupportedZeroFlags => RequestFlags.None;

    /// <summary>Whether <see cref="WriteZeroesAsync"/> is implemented; otherwise zeroes are written as data.</summary>
    public virtual bool SupportsWriteZeroes => false;

    /// <summary>Whether <see cref="DiscardAsync"/> is implemented; otherwise discards succeed without effect.</summary>
    public virtual bool SupportsDiscard => false;

    /// <summary>Reads. The area lies within the disk and is aligned to the limits.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the read.</returns>
    public abstract ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags);

    /// <summary>Writes. The area lies within the disk and is aligned to the limits.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="flags">Only flags of <see cref="SupportedWriteFlags"/>.</param>
    /// <returns>A task that ends with the write.</returns>
    public virtual ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>Makes an area read as zeroes; ENOTSUP lets the generic layer fall back to writing.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Only flags of <see cref="SupportedZeroFlags"/>.</param>
    /// <returns>A task that ends with the request.</returns>
    public virtual ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
        => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>Writes whole clusters in compressed form; an empty buffer at the end of the disk finishes the image.</summary>
    /// <param name="offset">Start in bytes, aligned to the cluster size.</param>
    /// <param name="buffer">Data; shorter than a cluster only at the end of the disk.</param>
    /// <returns>A task that ends with the write.</returns>
    public virtual ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> buffer)
        => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>
    /// Finds out where the bytes of an area are, and passes a copy on to the child that has them, or has the target take
    /// them from this node if it holds them itself; ENOTSUP where data cannot be copied as it is stored.
    /// </summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="target">Where the bytes go.</param>
    /// <returns>A task that ends with the copy.</returns>
    public virtual ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
        => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>Finds a place for the bytes of an area, and passes the copy on to the child that has it, or makes it.</summary>
    /// <param name="source">Where the bytes come from.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Flags, to be passed on.</param>
    /// <returns>A task that ends with the copy.</returns>
    public virtual ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags)
        => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>Drops the contents of an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    public virtual ValueTask DiscardAsync(long offset, long bytes) => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>Writes cached metadata to the children without making it stable.</summary>
    /// <returns>A task that ends with the flush.</returns>
    public virtual ValueTask FlushToOsAsync() => ValueTask.CompletedTask;

    /// <summary>Whether <see cref="FlushToDiskAsync"/> flushes the children too and is called for every flush.</summary>
    public virtual bool FlushesChildren => false;

    /// <summary>Makes everything written stable. The generic layer flushes the children itself afterwards.</summary>
    /// <returns>A task that ends with the flush.</returns>
    public virtual ValueTask FlushToDiskAsync() => ValueTask.CompletedTask;

    /// <summary>The allocation state at an offset; the result is cut to the request by the generic layer.</summary>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state of an area that starts at <paramref name="offset"/>.</returns>
    public virtual ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        if (Descriptor.IsFilter && Node.FilteredChild is { } filtered)
        {
            return ValueTask.FromResult(new BlockStatus(BlockStatusFlags.Raw | BlockStatusFlags.OffsetValid, bytes, offset, filtered.Node));
        }

        BlockStatusFlags flags = BlockStatusFlags.Data | BlockStatusFlags.Allocated;
        return ValueTask.FromResult(Descriptor.IsProtocol
            ? new BlockStatus(flags | BlockStatusFlags.OffsetValid, bytes, offset, Node)
            : new BlockStatus(flags, bytes));
    }

    /// <summary>Changes the length of the disk.</summary>
    /// <param name="length">The new length in bytes.</param>
    /// <param name="exact">Whether a longer result is a failure.</param>
    /// <param name="preallocation">How new space is allocated.</param>
    /// <param name="zeroNew">Whether new space must read as zeroes.</param>
    /// <exception cref="Qapi.QmpException">The driver cannot, in QEMU's words.</exception>
    /// <returns>A task that ends with the resize.</returns>
    public virtual ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => Node.FilteredChild is { } filtered
            ? filtered.TruncateAsync(length, exact, preallocation, zeroNew)
            : throw new Qapi.QmpException("Image format driver does not support resize");

    /// <summary>Whether the image can be emptied, by <see cref="MakeEmptyAsync"/>.</summary>
    public virtual bool SupportsMakeEmpty => false;

    /// <summary>Whether there is something to use: not so for an image that was given up because it contradicts itself.</summary>
    public virtual bool HasMedium => true;

    /// <summary>Takes everything out of the image, so that it shows what is below; nobody else uses it meanwhile.</summary>
    /// <exception cref="BlockIOException">It could not be emptied.</exception>
    /// <returns>A task that ends when it is empty.</returns>
    public virtual ValueTask MakeEmptyAsync() => throw new NotSupportedException(Descriptor.Name);

    /// <summary>Takes the permissions that <see cref="AmendAsync"/> needs. In a main turn.</summary>
    /// <exception cref="Qapi.QmpException">Others forbid it; nothing has changed.</exception>
    public virtual void BeginAmend()
    {
    }

    /// <summary>Gives back what <see cref="BeginAmend"/> took. In a main turn.</summary>
    public virtual void EndAmend()
    {
    }

    /// <summary>Changes the open image (x-blockdev-amend); where <see cref="BlockDriverDescriptor.SupportsAmend"/> says so.</summary>
    /// <param name="options">The change, whose branch is this driver's.</param>
    /// <param name="force">Whether to do what may make the image useless.</param>
    /// <exception cref="Qapi.QmpException">It cannot be done, in QEMU's words.</exception>
    /// <returns>A task that ends with the change.</returns>
    public virtual ValueTask AmendAsync(BlockdevAmendOptions options, bool force) => throw new NotSupportedException(Descriptor.Name);

    /// <summary>The snapshots that the image holds itself; null for a format that cannot have any.</summary>
    public virtual IInternalSnapshots? InternalSnapshots => null;

    /// <summary>The snapshot-access interface, if this node has one.</summary>
    public virtual ISnapshotAccess? SnapshotAccess => null;

    /// <summary>What this node needs of a child, and lets others do with it, for what its own parents need.</summary>
    /// <param name="child">The child.</param>
    /// <param name="needed">What the parents of this node use.</param>
    /// <param name="shared">What all parents of this node share.</param>
    /// <returns>Used and shared permissions on the child.</returns>
    public virtual (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => ChildPermissionRules.Default(Node, child, needed, shared);

    /// <summary>Whether <see cref="WriteCompressedAsync"/> is implemented, by this driver or by the one below a filter.</summary>
    public virtual bool SupportsCompression => false;

    /// <summary>Whether <see cref="WriteCompressedAsync"/> is implemented by this driver itself, be it only to pass requests on.</summary>
    public virtual bool TakesCompressedWrites => SupportsCompression;

    /// <summary>Whether an opening that failed got as far as to let children go itself: <see cref="BlockDriverDescriptor.LetsChildrenGo"/>.</summary>
    public virtual bool LetsChildrenGo => Descriptor.LetsChildrenGo;

    /// <summary>Whether <see cref="GetInfoAsync"/> knows the image's geometry; listings and copy engines tell the difference.</summary>
    public virtual bool ProvidesInfo => Node.FilteredChild?.Node.Driver.ProvidesInfo ?? true;

    /// <summary>Details that query-block and query-named-block-nodes show (cluster size, format-specific data, ...).</summary>
    /// <returns>What the driver knows.</returns>
    public virtual async ValueTask<BlockDriverInfo> GetInfoAsync()
        => Node.FilteredChild?.Node is { } filtered ? (await filtered.Driver.GetInfoAsync()).PassedOn() : new BlockDriverInfo();

    /// <summary>Disk space that the image takes.</summary>
    /// <returns>Bytes, or null where unknown.</returns>
    public virtual async ValueTask<long?> GetAllocatedSizeAsync()
    {
        if (Descriptor.IsProtocol)
        {
            return null;
        }

        if (Descriptor.IsFilter && Node.FilteredChild is { } filtered)
        {
            return await filtered.Node.Driver.GetAllocatedSizeAsync();
        }

        long sum = 0;
        foreach (BlockChild child in Node.Children)
        {
            if ((child.Role & (ChildRole.Data | ChildRole.Metadata | ChildRole.Filtered)) == 0)
            {
                continue;
            }

            if (await child.Node.Driver.GetAllocatedSizeAsync() is not { } size)
            {
                return null;
            }

            sum += size;
        }

        return sum;
    }

    /// <summary>Told that nobody gave the format and that the image looks like none.</summary>
    /// <returns>Whether this driver is the one for such images, which must then be guarded.</returns>
    public virtual bool TryMarkProbed() => false;

    /// <summary>Statistics that only this driver keeps.</summary>
    /// <returns>The statistics, or null.</returns>
    public virtual BlockStatsSpecific? DescribeStatistics() => null;

    /// <summary>The plain filename that opens this node again without options, or null.</summary>
    public virtual string? ExactFilename => Queries.NodeFilename.PlainNameOf(Node);

    /// <summary>The backing file as the image itself names it, or null.</summary>
    public virtual string? BackingFilename => null;

    /// <summary>Writes another name of the backing file to the image; what is open stays as it is.</summary>
    /// <param name="name">The name, or null for none.</param>
    /// <param name="format">The backing file's format, or null for one that is to be found out.</param>
    /// <returns>A task that ends when it is written.</returns>
    public virtual ValueTask ChangeBackingNameAsync(string? name, string? format) => throw new BlockIOException(Errno.ENOTSUP);

    /// <summary>The backing file's format as the image itself names it, or null.</summary>
    public virtual string? BackingFormat => null;

    /// <summary>The debug event that formats raise (blkdebug); others pass it on to their "file" child.</summary>
    /// <param name="debugEvent">The event.</param>
    /// <returns>A task that ends when a suspended request may go on.</returns>
    public virtual ValueTask OnDebugEventAsync(BlkdebugEvent debugEvent) => ValueTask.CompletedTask;

    /// <summary>Told before drained sections begin, so that no new internal requests start.</summary>
    public virtual void OnDrainBegin()
    {
    }

    /// <summary>Told when the last drained section has ended.</summary>
    public virtual void OnDrainEnd()
    {
    }

    /// <summary>Whether <see cref="OnDebugEventAsync"/> does anything.</summary>
    public virtual bool ObservesDebugEvents => false;

    /// <summary>Cluster size of the format in bytes, a filter's being that of the node below, or 0 when it has none. Cheap.</summary>
    public virtual long ClusterSize => Node.FilteredChild is { } filtered ? filtered.Node.ClusterSize : 0;

    /// <summary>
    /// The first half of a change of permissions: takes what they need outside of the graph, such as file locks. One of
    /// <see cref="CommitPermissions"/> and <see cref="AbortPermissions"/> follows at once.
    /// </summary>
    /// <param name="used">What all parents of the node use.</param>
    /// <param name="shared">What all of them share.</param>
    /// <exception cref="Qapi.QmpException">It cannot be had; nothing has changed.</exception>
    public virtual void CheckPermissions(BlockPermissions used, BlockPermissions shared)
    {
    }

    /// <summary>The second half: gives up what the new permissions no longer need.</summary>
    public virtual void CommitPermissions()
    {
    }

    /// <summary>The change does not take place: gives up what <see cref="CheckPermissions"/> took.</summary>
    public virtual void AbortPermissions()
    {
    }

    /// <summary>
    /// Told when a parent is gone, after the permissions have changed: the time for work that takes requests. The children are
    /// still as they were.
    /// </summary>
    /// <returns>A task that ends with the work.</returns>
    public virtual ValueTask SettlePermissionsAsync() => ValueTask.CompletedTask;

    internal void Attach(BlockNode node) => _node = node;
}
