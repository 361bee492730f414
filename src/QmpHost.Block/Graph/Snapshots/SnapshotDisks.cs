using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>The disks that a snapshot of a whole machine is made of.</summary>
/// <remarks>Used on the host's event loop, in main turns. Whoever changes their snapshots keeps the disks drained meanwhile.</remarks>
public sealed class SnapshotDisks
{
    private readonly BlockNode[] _disks;

    private SnapshotDisks(BlockNode[] disks) => _disks = disks;

    /// <summary>The disks that commands name, or those of the machine: all that can be written to and that nodes do not merely use.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="names">Names of nodes, or null for the machine's disks.</param>
    /// <exception cref="QmpException">"At least one device is required for snapshot", "No block device node 'x'".</exception>
    /// <returns>The disks.</returns>
    public static SnapshotDisks Select(BlockGraph graph, IReadOnlyList<string>? names)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (names is null)
        {
            return new SnapshotDisks([.. Roots(graph).Where(static node => !node.ReadOnly && (IsDevice(node) || node.Parents.Count == 0))]);
        }

        return names.Count > 0
            ? new SnapshotDisks([.. names.Select(name => graph.FindNode(name) ?? throw new QmpException($"No block device node '{name}'"))])
            : throw new QmpException("At least one device is required for snapshot");
    }

    /// <summary>Everything that may have snapshots: the roots of devices in the order of these, then the nodes that clients have made.</summary>
    /// <param name="graph">The graph.</param>
    /// <returns>The nodes.</returns>
    public static IEnumerable<BlockNode> Roots(BlockGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.BackendRoots.Distinct()
            .Concat(graph.OpenNodes.Where(static node => node.IsMonitorOwned && !IsDevice(node)));
    }

    /// <summary>Checks that each disk can have snapshots.</summary>
    /// <exception cref="QmpException">"Device 'x' is writable but does not support snapshots".</exception>
    public void EnsureCapable()
    {
        if (Array.Find(_disks, static disk => !NodeSnapshots.CanTake(disk)) is { } other)
        {
            throw new QmpException($"Device '{other.DeviceOrNodeName}' is writable but does not support snapshots");
        }
    }

    /// <summary>Whether every disk has a snapshot of a name.</summary>
    /// <param name="name">The name.</param>
    public bool AllHave(string name) => Array.TrueForAll(_disks, disk => Find(disk, name) is not null);

    /// <summary>The disk that the state of the machine is kept beside.</summary>
    /// <param name="name">The name of its node, or null for the first that can.</param>
    /// <exception cref="QmpException">"vmstate block device 'x' does not exist", "no block device can store vmstate for snapshot".</exception>
    /// <returns>The disk.</returns>
    public BlockNode FindStateDisk(string? name)
    {
        if (name is null)
        {
            return Array.Find(_disks, NodeSnapshots.CanTake) ?? throw new QmpException("no block device can store vmstate for snapshot");
        }

        BlockNode disk = Array.Find(_disks, disk => disk.NodeName == name) ?? throw new QmpException($"vmstate block device '{name}' does not exist");
        return NodeSnapshots.CanTake(disk) ? disk : throw new QmpException($"vmstate block device '{name}' does not support snapshots");
    }

    /// <summary>Takes a snapshot of each disk; when one cannot be taken none is left.</summary>
    /// <param name="snapshot">What it is called and when it is taken.</param>
    /// <param name="stateDisk">The disk that keeps the machine's state, which was written before.</param>
    /// <exception cref="QmpException">"Could not create snapshot 'x' on 'y'".</exception>
    /// <returns>A task that ends when all are taken.</returns>
    public async ValueTask CreateAsync(SnapshotInfo snapshot, BlockNode stateDisk)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        foreach (BlockNode disk in _disks)
        {
            try
            {
                await NodeSnapshots.Get(disk).CreateAsync(disk == stateDisk ? snapshot : snapshot with { VmStateSize = 0 });
            }
            catch (Exception e) when (e is BlockIOException or QmpException)
            {
                await TakeBackAsync(snapshot.Name);
                throw new QmpException($"Could not create snapshot '{snapshot.Name}' on '{disk.DeviceOrNodeName}'", e);
            }
        }
    }

    /// <summary>Makes each disk what it was when a snapshot was taken.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <exception cref="QmpException">"Could not load snapshot 'x' on 'y': ..."; disks before that one are done.</exception>
    /// <returns>A task that ends when all have these contents.</returns>
    public async ValueTask ApplyAsync(string name)
    {
        foreach (BlockNode disk in _disks)
        {
            try
            {
                await ApplyAsync(disk, name);
            }
            catch (Exception e) when (e is BlockIOException or QmpException)
            {
                throw new QmpException($"Could not load snapshot '{name}' on '{disk.DeviceOrNodeName}': {e.Message}", e);
            }
        }
    }

    /// <summary>Deletes a snapshot of each disk that has it.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <exception cref="QmpException">"Could not delete snapshot 'x' on 'y': ..."; disks before that one are done.</exception>
    /// <returns>A task that ends when none has it.</returns>
    public async ValueTask DeleteAsync(string name)
    {
        foreach (BlockNode disk in _disks)
        {
            if (!NodeSnapshots.CanTake(disk) || Find(disk, name) is not { } snapshot)
            {
                continue;
            }

            try
            {
                await NodeSnapshots.Get(disk).DeleteAsync(snapshot.Id);
            }
            catch (Exception e) when (e is BlockIOException or QmpException)
            {
                throw new QmpException($"Could not delete snapshot '{name}' on '{disk.DeviceOrNodeName}': {e.Message}", e);
            }
        }
    }

    /// <summary>Finds a snapshot of a disk by its name.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="name">The name.</param>
    /// <returns>The first of that name, or null where there is none or the disk has no snapshots at all.</returns>
    public static SnapshotInfo? Find(BlockNode disk, string name) => List(disk).FirstOrDefault(snapshot => snapshot.Name == name);

    /// <summary>The snapshots of a disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <returns>The snapshots; none where the disk cannot have any.</returns>
    public static IReadOnlyList<SnapshotInfo> List(BlockNode disk)
    {
        try
        {
            return NodeSnapshots.Find(disk)?.List() ?? [];
        }
        catch (BlockIOException)
        {
            return [];
        }
    }

    private static bool IsDevice(BlockNode node) => node.Parents.Any(static edge => edge.Parent is BlockBackend);

    // Bitmaps would no longer tell what has changed.
    private static async ValueTask ApplyAsync(BlockNode disk, string name)
    {
        if (disk.Bitmaps.Count > 0)
        {
            throw new QmpException("Device has active dirty bitmaps");
        }

        SnapshotInfo snapshot = Find(disk, name) ?? throw new BlockIOException(Errno.ENOENT);
        await NodeSnapshots.Get(disk).ApplyAsync(snapshot.Id);
    }

    private async ValueTask TakeBackAsync(string name)
    {
        try
        {
            await DeleteAsync(name);
        }
        catch (QmpException)
        {
            // The client learns why there is no snapshot, rather than why half of one is left.
        }
    }
}
