using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a driver gets to reopen its node with other options (blockdev-reopen).</summary>
/// <param name="Node">The node, drained, with the options that it has until now.</param>
/// <param name="Options">
/// The new options. Those that the driver's table does not name in <see cref="BlockDriverDescriptor.ReopenOptions"/> are as they were.
/// </param>
/// <param name="ReadOnly">Whether the node is to be read-only.</param>
/// <param name="Direct">Whether the host's page cache is to be bypassed.</param>
public sealed record BlockReopenContext(BlockNode Node, BlockdevOptions Options, bool ReadOnly, bool Direct);

/// <summary>
/// What a driver has prepared for the reopening of its node. The nodes of one command are reopened all or none: when all of them are
/// prepared and the permissions fit, <see cref="Commit"/> follows for each; otherwise <see cref="AbortAsync"/>, last prepared first.
/// </summary>
public abstract class BlockReopen
{
    /// <summary>A reopening for which the driver has nothing to do itself.</summary>
    public static BlockReopen None { get; } = new Nothing();

    /// <summary>Makes the change. It cannot fail: what can was done in preparation.</summary>
    public virtual void Commit()
    {
    }

    /// <summary>Gives up what was prepared; the node stays as it is.</summary>
    /// <returns>A task that ends when it is given up.</returns>
    public virtual ValueTask AbortAsync() => ValueTask.CompletedTask;

    private sealed class Nothing : BlockReopen;
}
