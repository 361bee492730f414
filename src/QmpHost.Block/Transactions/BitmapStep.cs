using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Transactions;

/// <summary>
/// One of the block-dirty-bitmap-* actions. The node stays until the transaction has ended: a later step drains nodes, which may
/// end the job whose filter it is.
/// </summary>
/// <param name="findNode">Finds the node whose bitmaps are meant.</param>
/// <param name="change">Makes the change.</param>
internal sealed class BitmapStep(Func<BlockNode> findNode, Func<DirtyBitmapList, ValueTask<DirtyBitmapChange>> change) : TransactionStep
{
    private BlockNode? _node;
    private DirtyBitmapChange? _change;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync()
    {
        BlockNode node = findNode();
        node.Graph.Ref(node);
        _node = node;
        _change = await change(node.Bitmaps);
    }

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
