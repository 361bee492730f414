namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>A part of a write that goes to one place.</summary>
/// <param name="HostOffset">Where its data goes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Allocation">What the tables must be told when the data is written, or null if they know the place.</param>
internal readonly record struct WriteRun(long HostOffset, int Length, PendingAllocation? Allocation);
