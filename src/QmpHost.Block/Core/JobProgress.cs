namespace QmpHost.Block.Core;

/// <summary>How far a job has come, in units of its own (bytes for most). Used on the host's event loop.</summary>
public sealed class JobProgress
{
    /// <summary>What is done.</summary>
    public long Current { get; private set; }

    /// <summary>What will be done when the job ends; an estimate that may change.</summary>
    public long Total { get; private set; }

    /// <summary>How far work may go in all, asked before each piece of it; null where nothing holds it up.</summary>
    public Func<JobProgress, long>? Limit { get; set; }

    /// <summary>Called when all is done that <see cref="Limit"/> allows for, and nothing is under way.</summary>
    public Action? LimitReached { get; set; }

    /// <summary>How much more may be begun.</summary>
    /// <param name="underWay">What was begun and has not ended.</param>
    /// <param name="unit">Pieces are multiples of this; the room is rounded up to it.</param>
    /// <returns>The room, zero or more; <see cref="long.MaxValue"/> without a limit.</returns>
    public long Room(long underWay, long unit)
        => Limit is { } limit && limit(this) is var most && most < long.MaxValue
            ? Alignment.Up(Math.Max(0, most - Current - underWay), unit)
            : long.MaxValue;

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
