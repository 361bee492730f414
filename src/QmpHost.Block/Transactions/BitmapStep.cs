using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Transactions;

/// <summary>
/// One of the block-dirty-bitmap-* actions. The node stays until the transaction has ended: a later step drains nodes, which may
/// end the job whose filter it is.
/// </summary>
/// <param name="change">Makes the change, to bitmaps of a node that it has the step hold.</param>
internal sealed class BitmapStep(Func<BitmapStep, ValueTask<DirtyBitmapChange>> change) : TransactionStep
{
    private BlockNode? _node;
    private DirtyBitmapChange? _change;

    /// <summary>Holds the node on whose bitmaps the step works. Once.</summary>
    /// <param name="node">The node.</param>
    /// <returns>Its bitmaps.</returns>
    public DirtyBitmapList Hold(BlockNode node)
    {
        node.Graph.Ref(node);
        _node = node;
        return node.Bitmaps;
    }

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync() => _change = await change(this);

    /// <inheritdoc/>
    public override void Commit() => _change?.Commit();

    /// <inheritdoc/>
    public override ValueTask AbortAsync()
    {
        _change?.Abort();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask CleanAsync() => _node is null ? ValueTask.CompletedTask : _node.Graph.UnrefAsync(_node);
}
