using QmpHost.Qapi;

namespace QmpHost.Block.Transactions;

/// <summary>Makes the transaction fail: abort, which is for tests, and actions that do not go together with others.</summary>
/// <param name="message">What the client is told.</param>
internal sealed class AbortStep(string message) : TransactionStep
{
    /// <inheritdoc/>
    public override ValueTask PrepareAsync() => throw new QmpException(message);
}
