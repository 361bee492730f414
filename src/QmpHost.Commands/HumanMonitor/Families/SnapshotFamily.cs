using System.Text;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Commands.Snapshots;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Snapshots of the machine and of single disks.</summary>
internal static class SnapshotFamily
{
    private const string Device = "block device name";
    private const string Text = "string";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("savevm", "tag", "save a VM snapshot. If no tag is provided, a new snapshot is created", SaveAsync),
        new DelegateCommand("loadvm", "tag", "restore a VM snapshot from its tag", LoadAsync),
        new DelegateCommand("delvm", "tag", "delete a VM snapshot from its tag", static (c, a) => Snapshots(c).DeleteAsync(a.TakeOnlyString(Text), SnapshotScope.Machine)),
        new DelegateCommand("info snapshots", "show the currently saved VM snapshots", TellSnapshots),
        new DelegateCommand(
            "snapshot_blkdev",
            "[-n] device [new-image-file] [format]",
            "initiates a live snapshot\n\t\t\tof device. If a new image file is specified, the\n\t\t\tnew image file will become the new root image.\n\t\t\tIf format is specified, the snapshot file will\n\t\t\tbe created in that format.\n\t\t\tThe default format is qcow2.  The -n flag requests QEMU\n\t\t\tto reuse the image found in new-image-file, instead of\n\t\t\trecreating it from scratch.",
            TakeAsync),
        new DelegateCommand(
            "snapshot_blkdev_internal",
            "device name",
            "take an internal snapshot of device.\n\t\t\tThe format of the image used by device must\n\t\t\tsupport it, such as qcow2.\n\t\t\t",
            TakeInternalAsync),
        new DelegateCommand(
            "snapshot_delete_blkdev_internal",
            "device name [id]",
            "delete an internal snapshot of device.\n\t\t\tIf id is specified, qemu will try delete\n\t\t\tthe snapshot matching both id and name.\n\t\t\tThe format of the image used by device must\n\t\t\tsupport it, such as qcow2.\n\t\t\t",
            DeleteInternalAsync),
    ];

    private static MachineSnapshots Snapshots(HmpContext context) => new(context.Host);

    private static BlockCoreCommandHandler Handler(HmpContext context) => new(context.Host);

    private static ValueTask SaveAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string? name = arguments.TakeOptionalString(Text);
        arguments.ExpectEnd();
        return Snapshots(context).SaveAsync(name, SnapshotScope.Machine, overwrite: true);
    }

    private static ValueTask LoadAsync(HmpContext context, HmpArgumentReader arguments)
        => Snapshots(context).LoadAsync(
            arguments.TakeOnlyString(Text), SnapshotScope.Machine, text => context.Reply.Append(text).Append('\n'));

    private static ValueTask TakeAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool reuse = arguments.TakeFlag('n');
        string device = arguments.TakeString(Device);
        string? file = arguments.TakeOptionalString(Text);
        string? format = arguments.TakeOptionalString(Text);
        arguments.ExpectEnd();
        var snapshot = new BlockdevSnapshotSync
        {
            Device = device,
            SnapshotFile = file ?? throw new QmpException("Parameter 'snapshot-file' is missing"),
            Format = format,
            Mode = reuse ? NewImageMode.Existing : NewImageMode.AbsolutePaths,
        };
        return Handler(context).BlockdevSnapshotSyncAsync(snapshot, context.ForQmp);
    }

    private static ValueTask TakeInternalAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        string name = arguments.TakeOnlyString(Text);
        return Handler(context).BlockdevSnapshotInternalSyncAsync(new BlockdevSnapshotInternal { Device = device, Name = name }, context.ForQmp);
    }

    private static async ValueTask DeleteInternalAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        string name = arguments.TakeString(Text);
        string? id = arguments.TakeOptionalString(Text);
        arguments.ExpectEnd();
        await Handler(context).BlockdevSnapshotDeleteInternalSyncAsync(
            new BlockdevSnapshotDeleteInternalSyncArguments { Device = device, Name = name, Id = id }, context.ForQmp);
    }

    private static ValueTask TellSnapshots(HmpContext context)
    {
        BlockGraph graph = context.Host.Layer.Graph;
        var machine = SnapshotDisks.Select(graph, null);
        BlockNode stateDisk;
        try
        {
            stateDisk = machine.FindStateDisk(null);
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
            return default;
        }

        BlockNode[] disks = [.. SnapshotDisks.Roots(graph).Where(static disk => NodeSnapshots.CanTake(disk) && SnapshotDisks.List(disk).Count > 0)];
        if (disks.Length == 0)
        {
            context.Reply.Append("There is no snapshot available.\n");
            return default;
        }

        SnapshotInfo[] whole = [.. SnapshotDisks.List(stateDisk).Where(snapshot => machine.AllHave(snapshot.Name))];
        TellWhole(context.Reply, whole);
        var names = whole.Select(static snapshot => snapshot.Name).ToHashSet();
        foreach (BlockNode disk in disks)
        {
            TellPartial(context.Reply, disk, names);
        }

        return default;
    }

    // Ids differ from disk to disk, so that they mean nothing for all of them.
    private static void TellWhole(StringBuilder reply, SnapshotInfo[] snapshots)
    {
        reply.Append("List of snapshots present on all disks:\n");
        if (snapshots.Length == 0)
        {
            reply.Append("None\n");
            return;
        }

        SnapshotText.AppendHeading(reply);
        foreach (SnapshotInfo snapshot in snapshots)
        {
            SnapshotText.Append(reply, "--", snapshot);
        }
    }

    private static void TellPartial(StringBuilder reply, BlockNode disk, HashSet<string> whole)
    {
        SnapshotInfo[] partial = [.. SnapshotDisks.List(disk).Where(snapshot => !whole.Contains(snapshot.Name))];
        if (partial.Length == 0)
        {
            return;
        }

        reply.Append("\nList of partial (non-loadable) snapshots on '").Append(disk.DeviceName).Append("':\n");
        SnapshotText.AppendHeading(reply);
        foreach (SnapshotInfo snapshot in partial)
        {
            SnapshotText.Append(reply, snapshot.Id, snapshot);
        }
    }
}
