using QmpHost.Block.Loop;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>Describes a snapshot that is about to be taken, with the time of day and that of the guest.</summary>
public static class SnapshotMoment
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    // What does not fit goes without a word, as in QEMU.
    private const int MaxNameBytes = 255;

    /// <summary>Describes a snapshot of this moment.</summary>
    /// <param name="context">The host's clocks.</param>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="vmStateSize">Length of the machine's state in bytes.</param>
    /// <returns>The description, without an id.</returns>
    public static SnapshotInfo Describe(BlockContext context, string name, long vmStateSize = 0)
    {
        ArgumentNullException.ThrowIfNull(context);
        long microseconds = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        long guest = context.Surroundings.VirtualNanoseconds;
        return new SnapshotInfo
        {
            Id = "",
            Name = Cut(name),
            VmStateSize = vmStateSize,
            DateSec = microseconds / 1_000_000,
            DateNsec = microseconds % 1_000_000 * 1000,
            VmClockSec = guest / NanosecondsPerSecond,
            VmClockNsec = guest % NanosecondsPerSecond,
        };
    }

    private static string Cut(string name)
    {
        byte[] bytes = ModifiedUtf8.GetBytes(name);
        return bytes.Length <= MaxNameBytes ? name : ModifiedUtf8.GetString(bytes.AsSpan(0, MaxNameBytes));
    }
}
