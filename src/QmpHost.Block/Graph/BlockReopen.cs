using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>
/// What a driver has prepared for the reopening of its node. The nodes of one command are reopened all or none: when all of them are
/// prepared and the permissions fit, <see cref="Commit"/> follows for each, and then <see cref="FinishAsync"/>; otherwise
/// <see cref="AbortAsync"/>, last prepared first.
/// </summary>
public abstract class BlockReopen
{
    /// <summary>A reopening for which the driver has nothing to do itself.</summary>
    public static BlockReopen None { get; } = new Nothing();

    /// <summary>A reopening of few words.</summary>
    /// <param name="commit">Makes the change.</param>
    /// <param name="abort">Gives up what was prepared; null where there is nothing to give up.</param>
    /// <returns>The reopening.</returns>
    public static BlockReopen Of(Action commit, Action? abort = null) => new Simple(commit, abort);

    /// <summary>Makes the change; children and permissions are as the new options say. It cannot fail: what can was done in preparation.</summary>
    public virtual void Commit()
    {
    }

    /// <summary>The last step, when all nodes have changed: what needs requests, and what the reopening does not fail for.</summary>
    /// <exception cref="Qapi.QmpException">Reported to whoever runs the program.</exception>
    /// <returns>A task that ends with the work.</returns>
    public virtual ValueTask FinishAsync() => ValueTask.CompletedTask;

    /// <summary>Gives up what was prepared; the node stays as it is.</summary>
    /// <returns>A task that ends when it is given up.</returns>
    public virtual ValueTask AbortAsync() => ValueTask.CompletedTask;

    private sealed class Nothing : BlockReopen;

    private sealed class Simple(Action commit, Action? abort) : BlockReopen
    {
        public override void Commit() => commit();

        public override ValueTask AbortAsync()
        {
            abort?.Invoke();
            return ValueTask.CompletedTask;
        }
    }
}
