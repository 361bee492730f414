using QmpHost.Block.Core;
using QmpHost.Block.Graph.Requests;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>
/// One edge of the graph: a parent uses a node under a name, in a role, with permissions. All I/O goes through an
/// edge, so that it is counted, checked and held back during drained sections.
/// </summary>
/// <remarks>Used on the host's event loop only. Requests fail with <see cref="BlockIOException"/>.</remarks>
public sealed class BlockChild
{
    private bool _parentQuiesced;

    internal BlockChild(IBlockParent parent, BlockNode node, string name, ChildRole role)
    {
        Parent = parent;
        Node = node;
        Name = name;
        Role = role;
    }

    /// <summary>Who uses the node.</summary>
    public IBlockParent Parent { get; }

    /// <summary>The node that is used; changes when a filter is inserted or removed.</summary>
    public BlockNode Node { get; internal set; }

    /// <summary>The edge's name, for example "file", "backing", "target", "root".</summary>
    public string Name { get; }

    /// <summary>What the node is to the parent.</summary>
    public ChildRole Role { get; internal set; }

    /// <summary>What the parent does with the node.</summary>
    public BlockPermissions Used { get; internal set; }

    /// <summary>What the parent lets others do.</summary>
    public BlockPermissions Shared { get; internal set; }

    /// <summary>Whether the edge must go on leading to its node: see <see cref="FrozenChain"/>.</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>Reads. Behind the end of the disk there are zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the read.</returns>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags = RequestFlags.None)
        => Node.Io.ReadAsync(this, offset, buffer, flags);

    /// <summary>Writes. With the resize permission, a write behind the end of the disk makes it longer.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the write.</returns>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags = RequestFlags.None)
        => Node.Io.WriteAsync(this, offset, buffer, flags);

    /// <summary>Makes an area read as zeroes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags = RequestFlags.None)
        => Node.Io.WriteZeroesAsync(this, offset, bytes, flags);

    /// <summary>Has the system copy an area elsewhere. It either takes all of it on or fails; then reading and writing still may do.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes, within the disk.</param>
    /// <param name="target">Where it goes; may be written in part after a failure.</param>
    /// <returns>A task that ends with the copy.</returns>
    public ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
        => CopyRangeRequests.CopyFromAsync(Node.Io, offset, bytes, target);

    /// <summary>The second half of <see cref="CopyRangeFromAsync"/>, on the side of the target.</summary>
    /// <param name="source">Where the bytes are.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes, within the disk.</param>
    /// <param name="flags">Flags of the write.</param>
    /// <returns>A task that ends with the copy.</returns>
    public ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags = RequestFlags.None)
        => CopyRangeRequests.CopyToAsync(Node.Io, this, source, offset, bytes, flags);

    /// <summary>Drops the contents of an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    public ValueTask DiscardAsync(long offset, long bytes) => Node.Io.DiscardAsync(this, offset, bytes);

    /// <summary>Makes everything written stable.</summary>
    /// <returns>A task that ends with the flush.</returns>
    public ValueTask FlushAsync() => Node.Io.FlushAsync();

    /// <summary>The allocation state of the node's own layer.</summary>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state of an area that starts at <paramref name="offset"/>.</returns>
    public ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
        => BlockStatusWalker.GetAsync(Node, wantZero, offset, bytes);

    /// <summary>Changes the length of the disk.</summary>
    /// <param name="length">The new length in bytes.</param>
    /// <param name="exact">Whether a longer result is a failure.</param>
    /// <param name="preallocation">How new space is allocated.</param>
    /// <param name="zeroNew">Whether new space must read as zeroes.</param>
    /// <exception cref="Qapi.QmpException">The driver cannot, in QEMU's words.</exception>
    /// <returns>A task that ends with the resize.</returns>
    public ValueTask TruncateAsync(long length, bool exact = false, PreallocMode preallocation = PreallocMode.Off, bool zeroNew = false)
        => Node.Io.TruncateAsync(this, length, exact, preallocation, zeroNew);

    /// <summary>After the edge has got another node: the parent is held back or let go.</summary>
    internal void FollowNode()
    {
        if (Node.IsDrained)
        {
            QuiesceParent();
        }
        else
        {
            ReleaseParent();
        }
    }

    /// <summary>Holds the parent back while the node is drained.</summary>
    internal void QuiesceParent()
    {
        if (!_parentQuiesced)
        {
            _parentQuiesced = true;
            Parent.OnChildDrainBegin(this);
        }
    }

    /// <summary>Lets the parent go on.</summary>
    internal void ReleaseParent()
    {
        if (_parentQuiesced)
        {
            _parentQuiesced = false;
            Parent.OnChildDrainEnd(this);
        }
    }
}
