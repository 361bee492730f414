namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Parts of a write that follow one another on the host as they do on the disk: their data is written at once.</summary>
/// <param name="Runs">The parts in order.</param>
internal readonly record struct WriteGroup(IReadOnlyList<WriteRun> Runs)
{
    /// <summary>Where their data goes.</summary>
    public long HostOffset => Runs[0].HostOffset;

    /// <summary>Their length in bytes.</summary>
    public int Length => Runs.Count == 1 ? Runs[0].Length : Runs.Sum(static run => run.Length);

    /// <summary>What the tables must be told of them.</summary>
    public IEnumerable<PendingAllocation> Allocations
        => Runs.SelectMany(static run => run.Allocation is { } allocation ? new[] { allocation } : []);
}
