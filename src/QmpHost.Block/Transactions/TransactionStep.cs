namespace QmpHost.Block.Transactions;

/// <summary>
/// One action of a transaction. Prepare does everything that can fail; then either every step is committed, or those
/// that were prepared are aborted, newest first; at last all are cleaned. Only prepare may fail.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal abstract class TransactionStep
{
    /// <summary>Makes the change, so that it can still be taken back.</summary>
    /// <exception cref="Qapi.QmpException">It cannot be made; nothing of this step is left behind but what <see cref="CleanAsync"/> releases.</exception>
    public abstract ValueTask PrepareAsync();

    /// <summary>Makes the change final.</summary>
    public virtual void Commit()
    {
    }

    /// <summary>Takes the change back.</summary>
    public virtual ValueTask AbortAsync() => ValueTask.CompletedTask;

    /// <summary>Releases what the step held for as long as the transaction lasted.</summary>
    public virtual ValueTask CleanAsync() => ValueTask.CompletedTask;
}
