namespace QmpHost.Commands.Snapshots;

/// <summary>What a snapshot of a machine comprises.</summary>
/// <param name="Disks">The node names of the disks, or null for all that can be written to.</param>
/// <param name="StateDisk">The node name of that of them which keeps the machine's state, or null for the first that can.</param>
internal sealed record SnapshotScope(IReadOnlyList<string>? Disks, string? StateDisk)
{
    /// <summary>All disks of the machine.</summary>
    public static SnapshotScope Machine { get; } = new(null, null);
}
