namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>One thing that was done to a file, from the moment when it was asked for to the one when it was said to be done.</summary>
/// <param name="disk">The file.</param>
/// <param name="operation">What was done.</param>
/// <param name="begun">When it was asked for.</param>
internal sealed class JournalEntry(MemoryDisk disk, DiskOperation operation, long begun)
{
    public MemoryDisk Disk { get; } = disk;

    public DiskOperation Operation { get; } = operation;

    public long Begun { get; } = begun;

    /// <summary>When it was done; never, if the file failed.</summary>
    public long Ended { get; set; } = long.MaxValue;
}
