using QmpHost.Block.Graph;
using QmpHost.Commands.Media;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Devices, objects, drives and media.</summary>
internal static class DeviceFamily
{
    private const string Device = "block device name";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("device_add", "driver[,prop=value][,...]", "add device, like -device on the command line", AddDeviceAsync),
        new DelegateCommand("device_del", "device", "remove device", RemoveDeviceAsync),
        new DelegateCommand("object_add", "[qom-type=]type,id=str[,prop=value][,...]", "create QOM object", AddObjectAsync),
        new DelegateCommand("object_del", "id", "destroy QOM object", RemoveObjectAsync),
        new DelegateCommand("eject", "[-f] device", "eject a removable medium (use -f to force it)", EjectAsync),
        new DelegateCommand(
            "change",
            "device [-f] filename [format [read-only-mode]]",
            "change a removable medium, optional format, use -f to force the operation",
            ChangeAsync),
        new DelegateCommand(
            "drive_add",
            "[-n] [[<domain>:]<bus>:]<slot>\n[file=file][,if=type][,bus=n]\n[,unit=m][,media=d][,index=i]\n[,snapshot=on|off][,cache=on|off]\n[,readonly=on|off][,copy-on-read=on|off]",
            "add drive to PCI storage controller",
            AddDriveAsync),
        new DelegateCommand(
            "block_set_io_throttle",
            "device bps bps_rd bps_wr iops iops_rd iops_wr",
            "change I/O throttle limits for a block drive",
            LimitDriveAsync),
        new DelegateCommand("drive_del", "device", "remove host block device", RemoveDriveAsync),
    ];

    private static async ValueTask AddDeviceAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string text = arguments.TakeRest();
        if (text is "help" or "?")
        {
            foreach (string line in Machine.Devices.MachineDevices.ListModels())
            {
                context.Reply.Append(line).Append('\n');
            }

            return;
        }

        await context.Host.Devices!.AddAsync(context.Host.OptionTexts.ReadDevice(text));
    }

    private static async ValueTask RemoveDeviceAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string id = arguments.TakeOnlyString("string");
        await context.Host.Devices!.RemoveAsync(id);
    }

    private static ValueTask LimitDriveAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        bool isDrive = context.Host.Layer.Graph.FindBackend(device) is not null;
        var limits = new BlockIOThrottle
        {
            Device = isDrive ? device : null,
            Id = isDrive ? null : device,
            Bps = arguments.TakeNumber(),
            BpsRd = arguments.TakeNumber(),
            BpsWr = arguments.TakeNumber(),
            Iops = arguments.TakeNumber(),
            IopsRd = arguments.TakeNumber(),
            IopsWr = arguments.TakeNumber(),
        };
        arguments.ExpectEnd();
        DriveLimits.Set(context.Host, limits);
        return default;
    }

    private static async ValueTask AddObjectAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string text = arguments.TakeOnlyString("string");
        await context.Host.Objects.AddAsync(context.Host.OptionTexts.ReadObject(text), context.Host.Layer.Profile);
    }

    private static ValueTask RemoveObjectAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string id = arguments.TakeOnlyString("string");
        context.Host.Objects.Delete(id);
        return default;
    }

    private static async ValueTask EjectAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool force = arguments.TakeFlag('f');
        string device = arguments.TakeOnlyString(Device);
        await new RemovableMedia(context.Host).EjectAsync(new DriveReference(device, null), force);
    }

    private static async ValueTask ChangeAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        bool force = arguments.TakeFlag('f');
        string target = arguments.TakeString("filename");
        string? format = arguments.TakeOptionalString("string");
        string? mode = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        if (device == "vnc")
        {
            context.Reply.Append("Expected 'password' after 'vnc'\n");
            return;
        }

        BlockdevChangeReadOnlyMode wanted = BlockdevChangeReadOnlyMode.Retain;
        if (mode is not null && !BlockdevChangeReadOnlyModeEnum.TryParse(mode, out wanted))
        {
            throw new QmpException($"invalid parameter value: {mode}");
        }

        await new RemovableMedia(context.Host).ChangeAsync(new DriveReference(device, null), target, format, force, wanted);
    }

    private static async ValueTask AddDriveAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool isNode = arguments.TakeFlag('n');
        arguments.TakeString("string");
        string text = arguments.TakeOnlyString("string");
        try
        {
            if (isNode)
            {
                BlockdevOptions options = context.Host.OptionTexts.ReadBlockdev(text);
                if (options.NodeName is null)
                {
                    throw new QmpException("'node-name' needs to be specified");
                }

                await context.Host.Layer.Graph.AddMonitorNodeAsync(options);
                return;
            }

            context.Reply.Append(await context.Host.OptionTexts.AddDriveAsync(text)).Append('\n');
        }
        catch (QmpException e)
        {
            // The command tells errors as the command line does, without saying that they are any.
            context.Reply.Append(e.Message).Append('\n');
        }
    }

    private static async ValueTask RemoveDriveAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string id = arguments.TakeOnlyString("string");
        BlockGraph graph = context.Host.Layer.Graph;
        try
        {
            if (graph.FindBackend(id) is { } backend)
            {
                await RemoveAsync(graph, backend);
            }
            else if (graph.FindNode(id) is not null)
            {
                await graph.DeleteMonitorNodeAsync(id);
            }
            else
            {
                throw new QmpException($"Device '{id}' not found");
            }
        }
        catch (QmpException e)
        {
            context.Reply.Append(e.Message).Append('\n');
        }
    }

    // A drive that a device uses loses its image and its name, and goes with the device.
    private static async ValueTask RemoveAsync(BlockGraph graph, BlockBackend backend)
    {
        if (backend.Root is { Node: var node })
        {
            node.OpBlockers.Check(BlockOperation.DriveDelete, backend.Name);
            await backend.RemoveAsync();
        }

        if (backend.Device is null)
        {
            graph.RemoveBackend(backend);
        }
        else
        {
            backend.Name = string.Empty;
        }
    }
}
