using QmpHost.Qapi;

namespace QmpHost.Block.Transactions;

/// <summary>abort: makes the transaction fail, for tests.</summary>
internal sealed class AbortStep : TransactionStep
{
    /// <inheritdoc/>
    public override ValueTask PrepareAsync() => throw new QmpException("Transaction aborted using Abort action");
}
