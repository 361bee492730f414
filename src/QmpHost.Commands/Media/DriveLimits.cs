using QmpHost.Block.Drivers.Throttle;
using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Media;

/// <summary>The limits of drives, and what is counted of them.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal static class DriveLimits
{
    /// <summary>block_set_io_throttle.</summary>
    /// <param name="host">The host.</param>
    /// <param name="limits">The limits.</param>
    /// <exception cref="QmpException">There is no such drive, it has no medium, or the limits make no sense.</exception>
    public static void Set(HostServices host, BlockIOThrottle limits)
    {
        var drive = DriveReference.Of(limits.Device, limits.Id);
        BlockBackend backend = drive.Find(host);
        if (backend.Root is null)
        {
            throw new QmpException("Device has no medium");
        }

        ThrottleLimits wanted = Read(limits);
        ThrottleGroups groups = host.Layer.ThrottleGroups;
        ThrottleGroup.Check(wanted);
        if (IsAny(limits))
        {
            groups.Limit(backend, limits.Group ?? backend.Throttle?.GroupName ?? drive.Text, wanted);
        }
        else
        {
            backend.SetThrottle(null);
        }
    }

    /// <summary>block-latency-histogram-set.</summary>
    /// <param name="host">The host.</param>
    /// <param name="wanted">The boundaries.</param>
    /// <exception cref="QmpException">There is no such device, or boundaries do not ascend; those of kinds before that one are set.</exception>
    public static void SetHistograms(HostServices host, BlockLatencyHistogramSetArguments wanted)
    {
        BlockAccounting accounting = new DriveReference(null, wanted.Id).Find(host).Accounting;
        (AccountingType Type, string Name, IReadOnlyList<ulong>? Boundaries)[] kinds =
        [
            (AccountingType.Read, "read", wanted.BoundariesRead),
            (AccountingType.Write, "write", wanted.BoundariesWrite),
            (AccountingType.ZoneAppend, "append write", wanted.BoundariesZap),
            (AccountingType.Flush, "flush", wanted.BoundariesFlush),
        ];
        if (wanted.Boundaries is null && Array.TrueForAll(kinds, static kind => kind.Boundaries is null))
        {
            Array.ForEach(kinds, kind => accounting[kind.Type].Histogram = null);
            return;
        }

        foreach ((AccountingType type, string name, IReadOnlyList<ulong>? boundaries) in kinds)
        {
            if ((boundaries ?? wanted.Boundaries) is not { } chosen)
            {
                continue;
            }

            accounting[type].Histogram = LatencyHistogram.AreValid(chosen)
                ? new LatencyHistogram(chosen)
                : throw new QmpException($"Device '{wanted.Id}' set {name} boundaries fail");
        }
    }

    // Seconds are counted with 32 bits; QEMU drops what is above.
    private static long? Length(long? seconds) => seconds is { } value ? (uint)value : null;

    private static bool IsAny(BlockIOThrottle l) => l is not { Bps: 0, BpsRd: 0, BpsWr: 0, Iops: 0, IopsRd: 0, IopsWr: 0 };

    private static ThrottleLimits Read(BlockIOThrottle l) => new()
    {
        BpsTotal = l.Bps,
        BpsTotalMax = l.BpsMax,
        BpsTotalMaxLength = Length(l.BpsMaxLength),
        BpsRead = l.BpsRd,
        BpsReadMax = l.BpsRdMax,
        BpsReadMaxLength = Length(l.BpsRdMaxLength),
        BpsWrite = l.BpsWr,
        BpsWriteMax = l.BpsWrMax,
        BpsWriteMaxLength = Length(l.BpsWrMaxLength),
        IopsTotal = l.Iops,
        IopsTotalMax = l.IopsMax,
        IopsTotalMaxLength = Length(l.IopsMaxLength),
        IopsRead = l.IopsRd,
        IopsReadMax = l.IopsRdMax,
        IopsReadMaxLength = Length(l.IopsRdMaxLength),
        IopsWrite = l.IopsWr,
        IopsWriteMax = l.IopsWrMax,
        IopsWriteMaxLength = Length(l.IopsWrMaxLength),
        IopsSize = l.IopsSize,
    };
}
