using System.Diagnostics;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Block.Graph.Requests;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>A node of the graph: a driver with its options, children, parents, bitmaps and requests under way.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
[DebuggerDisplay("{NodeName,nq} ({Driver.Descriptor.Name,nq}, {RefCount} references)")]
public sealed class BlockNode : IBlockParent, IDirtyBitmapOwner
{
    /// <summary>The longest disk that there can be, in bytes.</summary>
    public const long MaxLength = long.MaxValue & ~((1L << 30) - 1);

    internal const int SectorSize = 512;

    private readonly List<BlockChild> _children = [];
    private readonly List<BlockChild> _parents = [];

    internal BlockNode(BlockGraph graph, string nodeName, BlockDriver driver, BlockdevOptions options)
    {
        Graph = graph;
        NodeName = nodeName;
        Driver = driver;
        Options = options;
        Bitmaps = new DirtyBitmapList(this);
        Drain = new DrainControl(this);
        Io = new RequestPath(this);
        driver.Attach(this);
    }

    /// <summary>The graph that the node belongs to.</summary>
    public BlockGraph Graph { get; }

    /// <summary>The operations that users of the node forbid for now.</summary>
    public OpBlockers OpBlockers { get; } = new();

    /// <summary>The node's name: the user's, or "#block" with three or more digits.</summary>
    public string NodeName { get; internal set; }

    /// <summary>The driver's half.</summary>
    public BlockDriver Driver { get; }

    /// <summary>The options that opened the node.</summary>
    public BlockdevOptions Options { get; internal set; }

    /// <summary>
    /// The names of the edges, from above, that lead to the options within the definition of another node; empty for a
    /// node that was defined by itself.
    /// </summary>
    internal IReadOnlyList<string> DefinedIn { get; init; } = [];

    /// <summary>The node in whose definition this one was defined, and whose options it takes over; null for one defined by itself.</summary>
    internal BlockNode? InheritsFrom { get; set; }

    /// <summary>Whether the node is on its way from writable to read-only, for the words of a refusal.</summary>
    internal bool BecomesReadOnly { get; set; }

    /// <summary>Whether writes are refused.</summary>
    public bool ReadOnly { get; internal set; }

    /// <summary>The disk's length in bytes, rounded up to a multiple of 512.</summary>
    public long Length { get; internal set; }

    /// <summary>The limits that requests to the driver respect.</summary>
    public BlockLimits Limits { get; internal set; } = new();

    /// <summary>The node's dirty bitmaps.</summary>
    public DirtyBitmapList Bitmaps { get; }

    /// <summary>The node's children in the order in which they were attached.</summary>
    public IReadOnlyList<BlockChild> Children => _children;

    /// <summary>The edges that lead here, newest first.</summary>
    public IReadOnlyList<BlockChild> Parents => _parents;

    /// <summary>The child named "file", if any.</summary>
    public BlockChild? File => FindChild("file");

    /// <summary>The child named "backing", if any.</summary>
    public BlockChild? Backing => FindChild("backing");

    /// <summary>The child whose data a filter passes through, or null for other nodes.</summary>
    public BlockChild? FilteredChild => Driver.Descriptor.IsFilter ? FindChild(ChildRole.Filtered) : null;

    /// <summary>Whether the node is a filter that a job has put in and taken out: whoever still holds it lets it close.</summary>
    public bool IsTakenOut { get; internal set; }

    /// <summary>The copy-on-write backing child, or null.</summary>
    public BlockChild? CowChild => FindChild(ChildRole.Cow);

    /// <summary>The child that stands for this node where one must be chosen, or null.</summary>
    public BlockChild? PrimaryChild => FindChild(ChildRole.Primary);

    /// <summary>Whether the monitor owns the node (blockdev-add).</summary>
    public bool IsMonitorOwned { get; internal set; }

    /// <summary>How many requests are under way in the node.</summary>
    public int RequestsInFlight => Io.InFlight;

    /// <summary>Whether the node is in a drained section.</summary>
    public bool IsDrained => Drain.IsQuiesced;

    /// <inheritdoc/>
    public long ClusterSize => Driver.ClusterSize;

    /// <inheritdoc/>
    public IPersistentBitmapStore? BitmapStore => Driver as IPersistentBitmapStore;

    /// <inheritdoc/>
    public bool MayAddPersistentBitmaps => (!ReadOnly && IsActive) || !Graph.Context.Profile.Has(Behaviour.BitmapsNeedWritableNodes);

    /// <inheritdoc/>
    public string DeviceOrNodeName => DeviceName is { Length: > 0 } name ? name : NodeName;

    /// <summary>The name of the device whose root the node is, or an empty text.</summary>
    public string DeviceName
    {
        get
        {
            foreach (BlockChild parent in _parents)
            {
                if (parent.Parent is BlockBackend { Name.Length: > 0 } backend)
                {
                    return backend.Name;
                }
            }

            return "";
        }
    }

    /// <summary>Whether guests and formats may write: not read-only.</summary>
    public bool IsWritable => !ReadOnly && IsActive;

    /// <summary>Whether other processes may do with the image what they like.</summary>
    public bool ForceShare => Flags.ForceShare;

    /// <summary>What is done with writes of zeroes.</summary>
    public BlockdevDetectZeroesOptions DetectZeroes => Flags.DetectZeroes;

    /// <summary>The cache mode, as listings show it.</summary>
    public BlockdevCacheInfo CacheInfo => new() { Writeback = true, Direct = Flags.Direct, NoFlush = Flags.NoFlush };

    /// <summary>The end of the highest area that was ever written, in bytes.</summary>
    public long HighestWriteOffset => Io.HighestWriteOffset;

    /// <summary>The end, in bytes, of writes that the client wants to be told of once; 0 for none.</summary>
    public ulong WriteThreshold
    {
        get;
        set
        {
            field = value;
            Io.Refresh();
        }
    }

    /// <summary>The name of the backing file that was opened because the image header says so, or null.</summary>
    internal string? AutoBackingFilename { get; set; }

    /// <summary>The name computed last, and the version of the graph that it belongs to.</summary>
    internal (long Version, string Name)? CachedFilename { get; set; }

    /// <summary>Options as texts, where a drive gave them so; names that listings show repeat them.</summary>
    internal QDict? GivenTexts { get; set; }

    /// <summary>Whether the node was made by a command that did not name it, so that users of a device are not shown it.</summary>
    internal bool IsImplicit { get; set; }

    internal bool IsRegistered { get; set; }

    internal bool IsOpen { get; set; }

    internal NodeFlags Flags
    {
        get;
        set
        {
            field = value;
            Io.Unmap = value.Unmap;
            Io.NoFlush = value.NoFlush;
            Io.DetectZeroes = value.DetectZeroes;
            Io.Refresh();
        }
    }

    internal DrainControl Drain { get; }

    internal RequestPath Io { get; }

    /// <summary>Keeps what is read from the backing file in the node from now on.</summary>
    public void EnableCopyOnRead() => Io.CopyOnReadUsers++;

    /// <summary>Has zeroes looked for in what is written, whether or not discards are wanted.</summary>
    /// <param name="mode">What is done with them.</param>
    public void SetDetectZeroes(BlockdevDetectZeroesOptions mode) => Flags = Flags with { DetectZeroes = mode };

    internal int RefCount { get; set; }

    /// <inheritdoc/>
    public string DescribeParent(BlockChild child) => $"node '{NodeName}'";

    /// <inheritdoc/>
    public void OnChildDrainBegin(BlockChild child) => Drain.Begin();

    /// <inheritdoc/>
    public bool IsBusy(BlockChild child) => Drain.IsBusy;

    /// <inheritdoc/>
    public void OnChildDrainEnd(BlockChild child) => Drain.End();

    /// <inheritdoc/>
    public void OnChildResized(BlockChild child)
    {
        if (IsOpen && Driver.LengthOfChild is { } length && Alignment.Up(length, SectorSize) != Length)
        {
            Length = Alignment.Up(length, SectorSize);
            Bitmaps.Truncate(Length);
            NotifyResized();
        }
    }

    /// <summary>Block status over the chain from this node down to, but without, <paramref name="below"/>.</summary>
    /// <param name="below">Where to stop, or null for the whole chain.</param>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state, and the depth of the layer that decides (0 is this node).</returns>
    public async ValueTask<(BlockStatus Status, int Depth)> GetBlockStatusAboveAsync(BlockNode? below, bool wantZero, long offset, long bytes)
    {
        (BlockStatus status, int layers) = await BlockStatusWalker.WalkAsync(this, below, includeBelow: false, wantZero, offset, bytes);
        return (status, Math.Max(0, layers - 1));
    }

    /// <summary>Whether an area is allocated in the chain above <paramref name="below"/>.</summary>
    /// <param name="below">Where to stop, or null for the whole chain.</param>
    /// <param name="includeBelow">Whether <paramref name="below"/> itself counts.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>Whether it is allocated, for how many bytes that holds, and at which depth (1 is this node, 0 nowhere).</returns>
    public async ValueTask<(bool Allocated, long Bytes, int Depth)> IsAllocatedAboveAsync(BlockNode? below, bool includeBelow, long offset, long bytes)
    {
        (BlockStatus status, int layers) = await BlockStatusWalker.WalkAsync(this, below, includeBelow, wantZero: false, offset, bytes);
        bool allocated = status.Flags.HasFlag(BlockStatusFlags.Allocated);
        return (allocated, status.Bytes, allocated ? layers : 0);
    }

    /// <summary>
    /// Starts a drained section: parents are told to stop sending, jobs pause, and the section begins when no request
    /// is under way in the node or above it. Sections nest.
    /// </summary>
    /// <returns>A task that ends when the node is quiet.</returns>
    public ValueTask DrainBeginAsync()
    {
        Drain.Begin();
        Drain.LogWait();
        return Graph.Context.Turns.PollWhileAsync(static drain => drain.IsBusy, Drain);
    }

    /// <summary>Starts a drained section that its owner ends by disposing it: see <see cref="DrainBeginAsync"/>.</summary>
    /// <returns>The section, once the node is quiet.</returns>
    public async ValueTask<DrainedSection> DrainAsync()
    {
        await DrainBeginAsync();
        return new DrainedSection(this);
    }

    /// <summary>Ends a drained section.</summary>
    public void DrainEnd() => Drain.End();

    /// <summary>Raises a debug event on the child that stands for the node, for formats and the generic layer.</summary>
    /// <param name="debugEvent">The event.</param>
    /// <returns>A task that ends when a suspended request may go on.</returns>
    public ValueTask RaiseOnPrimaryAsync(BlkdebugEvent debugEvent)
        => PrimaryChild is { } child ? child.Node.Driver.OnDebugEventAsync(debugEvent) : ValueTask.CompletedTask;

    /// <summary>Whether the node and all below it can be used: not so where an image was given up because it contradicts itself.</summary>
    public bool HasMedium => Driver.HasMedium && _children.TrueForAll(static child => child.Node.HasMedium);

    /// <summary>Refuses a node that cannot be used any more.</summary>
    /// <exception cref="BlockIOException">ENOMEDIUM.</exception>
    public void EnsureMedium()
    {
        if (!Driver.HasMedium)
        {
            throw new BlockIOException(Errno.ENOMEDIUM);
        }
    }

    /// <summary>Asks the driver for the length again.</summary>
    /// <exception cref="QmpException">"Could not refresh total sector count: …".</exception>
    /// <returns>A task that ends when <see cref="Length"/> is up to date.</returns>
    internal async ValueTask RefreshLengthAsync()
    {
        long length;
        try
        {
            length = await Driver.GetLengthAsync();
            if (length > MaxLength)
            {
                throw new BlockIOException(Errno.EFBIG);
            }
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not refresh total sector count: {e.Errno.Describe()}", e);
        }

        Length = Alignment.Up(length, SectorSize);
    }

    /// <summary>Computes the limits again, from those of the children and the driver's own.</summary>
    internal void RefreshLimits()
    {
        var inherited = new BlockLimits();
        bool inheritsDiscard = Graph.Context.Profile.Has(Behaviour.DiscardAlignmentIsInherited);
        bool isFirst = true;
        foreach (BlockChild child in _children)
        {
            if ((child.Role & (ChildRole.Data | ChildRole.Filtered | ChildRole.Cow)) != 0)
            {
                BlockLimits limits = child.Node.Limits;
                inherited = inherited with
                {
                    MaxTransfer = Alignment.MinNonZero(inherited.MaxTransfer, limits.MaxTransfer),
                    OptTransfer = Math.Max(inherited.OptTransfer, limits.OptTransfer),
                    MinMemoryAlignment = isFirst ? limits.MinMemoryAlignment : Math.Max(inherited.MinMemoryAlignment, limits.MinMemoryAlignment),
                    OptMemoryAlignment = Math.Max(inherited.OptMemoryAlignment, limits.OptMemoryAlignment),
                    DiscardAlignment = inheritsDiscard ? Math.Max(inherited.DiscardAlignment, limits.DiscardAlignment) : 0,
                };
                isFirst = false;
            }
        }

        Limits = Driver.RefreshLimits(inherited);
        Io.Refresh();
    }

    /// <summary>Whether the node may be written to; an inactive one leaves its image to another process.</summary>
    public bool IsActive { get; internal set; } = true;

    internal void NotifyResized()
    {
        foreach (BlockChild edge in _parents.ToArray())
        {
            edge.Parent.OnChildResized(edge);
        }
    }

    internal void AddChild(BlockChild child)
    {
        _children.Add(child);
        Graph.NoteChange();
    }

    internal void RemoveChild(BlockChild child)
    {
        _children.Remove(child);
        Graph.NoteChange();
    }

    internal void AddParent(BlockChild edge)
    {
        _parents.Insert(0, edge);
        if ((edge.Role & ChildRole.Cow) != 0)
        {
            BackingUse.Begin(edge);
        }
    }

    internal void RemoveParent(BlockChild edge)
    {
        _parents.Remove(edge);
        OpBlockers.UnblockAll(edge);
    }

    private BlockChild? FindChild(string name)
    {
        foreach (BlockChild child in _children)
        {
            if (child.Name == name)
            {
                return child;
            }
        }

        return null;
    }

    private BlockChild? FindChild(ChildRole role)
    {
        foreach (BlockChild child in _children)
        {
            if ((child.Role & role) != 0)
            {
                return child;
            }
        }

        return null;
    }
}
