using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Snapshots;

/// <summary>An internal snapshot, as the snapshot table describes it.</summary>
/// <param name="Id">The unique id.</param>
/// <param name="Name">The name.</param>
/// <param name="L1TableOffset">Where its L1 table lies.</param>
/// <param name="L1Size">Entries of its L1 table.</param>
/// <param name="DateSeconds">When it was taken, in seconds since 1970.</param>
/// <param name="DateNanoseconds">The subsecond part.</param>
/// <param name="VmClockNanoseconds">How long the guest had run.</param>
/// <param name="VmStateSize">Length of the machine's state in bytes, or 0.</param>
/// <param name="DiskSize">The disk's size at that time, in bytes.</param>
/// <param name="InstructionCount">How many instructions the guest had executed, or null where they were not counted.</param>
internal sealed record Qcow2Snapshot(
    string Id,
    string Name,
    long L1TableOffset,
    uint L1Size,
    uint DateSeconds,
    uint DateNanoseconds,
    ulong VmClockNanoseconds,
    ulong VmStateSize,
    ulong DiskSize,
    ulong? InstructionCount)
{
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What other programs have added to the entry, which is kept.</summary>
    public ReadOnlyMemory<byte> UnknownExtra { get; init; }

    /// <summary>Why its L1 table cannot be read, wherever it should be, or null.</summary>
    public Errno? L1Fault(Qcow2Geometry geometry)
        => L1Size > Qcow2Geometry.MaxL1Bytes / sizeof(ulong) ? Errno.EFBIG
            : L1TableOffset < 0 || !geometry.IsAligned(L1TableOffset) ? Errno.EINVAL
            : null;

    /// <summary>The snapshot as listings show it.</summary>
    public SnapshotInfo Describe() => new()
    {
        Id = Id,
        Name = Name,
        VmStateSize = (long)VmStateSize,
        DateSec = DateSeconds,
        DateNsec = DateNanoseconds,
        VmClockSec = (long)(VmClockNanoseconds / (ulong)NanosecondsPerSecond),
        VmClockNsec = (long)(VmClockNanoseconds % (ulong)NanosecondsPerSecond),
        Icount = (long?)InstructionCount,
    };
}
