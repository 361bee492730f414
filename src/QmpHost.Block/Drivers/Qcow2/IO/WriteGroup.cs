namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Parts of a write that follow one another on the host as they do on the disk: their data is written at once.</summary>
/// <param name="First">The first part.</param>
/// <param name="More">The others in order, or null if there are none.</param>
internal readonly record struct WriteGroup(WriteRun First, IReadOnlyList<WriteRun>? More)
{
    /// <summary>Their length in bytes.</summary>
    public int Length => First.Length + (More?.Sum(static run => run.Length) ?? 0);

    /// <summary>What the tables must be told of them.</summary>
    public IEnumerable<PendingAllocation> Allocations
        => More is null ? Of(First) : More.Prepend(First).SelectMany(Of);

    private static IEnumerable<PendingAllocation> Of(WriteRun run) => run.Allocation is { } allocation ? [allocation] : [];
}
