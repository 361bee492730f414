using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Jobs that copy disks, under the names and with the defaults of the human monitor.</summary>
internal static class CopyFamily
{
    private const string Device = "block device name";
    private const string Text = "string";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("commit", "device|all", "commit changes to the disk images (if -snapshot is used) or backing files", CommitAsync),
        new DelegateCommand("block_stream", "device [speed [base]]", "copy data from a backing file into a block device", StreamAsync),
        new DelegateCommand(
            "drive_mirror",
            "[-n] [-f] device target [format]",
            "initiates live storage\n\t\t\tmigration for a device. The device's contents are\n\t\t\tcopied to the new image file, including data that\n\t\t\tis written after the command is started.\n\t\t\tThe -n flag requests QEMU to reuse the image found\n\t\t\tin new-image-file, instead of recreating it from scratch.\n\t\t\tThe -f flag requests QEMU to copy the whole disk,\n\t\t\tso that the result does not need a backing file.\n\t\t\t",
            MirrorAsync),
        new DelegateCommand(
            "drive_backup",
            "[-n] [-f] [-c] device target [format]",
            "initiates a point-in-time\n\t\t\tcopy for a device. The device's contents are\n\t\t\tcopied to the new image file, excluding data that\n\t\t\tis written after the command is started.\n\t\t\tThe -n flag requests QEMU to reuse the image found\n\t\t\tin new-image-file, instead of recreating it from scratch.\n\t\t\tThe -f flag requests QEMU to copy the whole disk,\n\t\t\tso that the result does not need a backing file.\n\t\t\tThe -c flag requests QEMU to compress backup data\n\t\t\t(if the target format supports it).\n\t\t\t",
            BackupAsync),
    ];

    private static BlockCoreCommandHandler Handler(HmpContext context) => new(context.Host);

    private static async ValueTask CommitAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeOnlyString(Device);
        BlockGraph graph = context.Host.Layer.Graph;
        try
        {
            if (device == "all")
            {
                await OverlayCommit.RunAllAsync(graph);
            }
            else if (graph.FindBackend(device) is not { } backend)
            {
                context.Reply.Append("Device '").Append(device).Append("' not found\n");
            }
            else if (backend.Root is not { } root)
            {
                context.Reply.Append("Device '").Append(device).Append("' has no medium\n");
            }
            else
            {
                await OverlayCommit.RunAsync(BackingChain.SkipImplicit(root.Node));
            }
        }
        catch (BlockIOException e)
        {
            if (e.InnerException is QmpException { } cause && e.Errno == Errno.EPERM)
            {
                context.Reply.Append(cause.Message).Append('\n');
            }

            context.Reply.Append("'commit' error for '").Append(device).Append("': ").Append(e.Errno.Describe()).Append('\n');
        }
    }

    private static ValueTask StreamAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        long? speed = arguments.AtEnd ? null : arguments.TakeSize();
        string? @base = arguments.TakeOptionalString(Text);
        arguments.ExpectEnd();
        return Handler(context).BlockStreamAsync(
            new BlockStreamArguments { JobId = device, Device = device, Base = @base, Speed = speed, OnError = BlockdevOnError.Report }, context.ForQmp);
    }

    private static ValueTask MirrorAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool reuse = arguments.TakeFlag('n', "f");
        bool full = arguments.TakeFlag('f');
        (string device, string target, string? format) = TakeTarget(arguments);
        var mirror = new DriveMirror
        {
            Device = device,
            Target = target,
            Format = format,
            Sync = SyncMode(full),
            Mode = ImageMode(reuse),
            Unmap = true,
        };
        return Handler(context).DriveMirrorAsync(mirror, context.ForQmp);
    }

    private static ValueTask BackupAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool reuse = arguments.TakeFlag('n', "fc");
        bool full = arguments.TakeFlag('f', "c");
        bool compress = arguments.TakeFlag('c');
        (string device, string target, string? format) = TakeTarget(arguments);
        var backup = new DriveBackup
        {
            Device = device,
            Target = target,
            Format = format,
            Sync = SyncMode(full),
            Mode = ImageMode(reuse),
            Compress = compress,
        };
        return Handler(context).DriveBackupAsync(backup, context.ForQmp);
    }

    private static (string Device, string Target, string? Format) TakeTarget(HmpArgumentReader arguments)
    {
        (string, string, string?) taken = (arguments.TakeString(Device), arguments.TakeString(Text), arguments.TakeOptionalString(Text));
        arguments.ExpectEnd();
        return taken;
    }

    private static MirrorSyncMode SyncMode(bool full) => full ? MirrorSyncMode.Full : MirrorSyncMode.Top;

    private static NewImageMode ImageMode(bool reuse) => reuse ? NewImageMode.Existing : NewImageMode.AbsolutePaths;
}
