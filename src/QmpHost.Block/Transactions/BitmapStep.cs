using QmpHost.Block.Bitmaps;

namespace QmpHost.Block.Transactions;

/// <summary>One of the block-dirty-bitmap-* actions.</summary>
/// <param name="change">Makes the change.</param>
internal sealed class BitmapStep(Func<ValueTask<DirtyBitmapChange>> change) : TransactionStep
{
    private DirtyBitmapChange? _change;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync() => _change = await change();

    /// <inheritdoc/>
    public override void Commit() => _change?.Commit();

    /// <inheritdoc/>
    public override ValueTask AbortAsync()
    {
        _change?.Abort();
        return ValueTask.CompletedTask;
    }
}
