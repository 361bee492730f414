namespace QmpHost.Block.Core;

/// <summary>How far a job has come, in units of its own (bytes for most). Used on the host's event loop.</summary>
public sealed class JobProgress
{
    /// <summary>What is done.</summary>
    public long Current { get; private set; }

    /// <summary>What will be done when the job ends; an estimate that may change.</summary>
    public long Total { get; private set; }

    /// <summary>Counts work that was done.</summary>
    /// <param name="done">How much.</param>
    public void Add(long done) => Current += done;

    /// <summary>Sets what is left to do.</summary>
    /// <param name="remaining">How much.</param>
    public void SetRemaining(long remaining) => Total = Current + remaining;

    /// <summary>Changes what is left to do.</summary>
    /// <param name="delta">By how much.</param>
    public void AddRemaining(long delta) => Total += delta;
}
