using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Commands.QemuIo;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>qemu-io: runs a qemu-io command on a node, or on the disk of a device.</summary>
internal sealed class QemuIoCommand : HmpCommand
{
    private readonly QemuIoInterpreter _interpreter = new();

    public override string Name => "qemu-io";

    public override string Arguments => "[-d] [device] \"[command]\"";

    public override string Description
        => "run a qemu-io command on a block device\n\t\t\t-d: [device] is a device ID rather than a drive ID or node name";

    public override async ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool byDevice = arguments.TakeFlag('d');
        string device = arguments.TakeString("block device name");
        string command = arguments.TakeString("string");
        arguments.ExpectEnd();

        HostServices host = context.Host;
        var output = new QemuIoOutput(host.StandardOutput, host.StandardError, context.Reply, host.RaiseSignal);
        if (byDevice)
        {
            BlockBackend disk = FindDisk(host, device);
            await _interpreter.ExecuteAsync(disk, host.Layer.Clock, command, output);
            return;
        }

        BlockGraph graph = host.Layer.Graph;
        if (graph.FindBackend(device) is { } drive)
        {
            await _interpreter.ExecuteAsync(drive, host.Layer.Clock, command, output);
            return;
        }

        if (graph.FindNode(device) is not { } node)
        {
            throw new QmpException($"Cannot find device='' nor node-name='{device}'");
        }

        var backend = new BlockBackend(graph, "an unnamed block device", BlockPermissions.None, BlockPermissions.All);
        backend.Insert(node);
        try
        {
            await _interpreter.ExecuteAsync(backend, host.Layer.Clock, command, output);
        }
        finally
        {
            await _interpreter.WaitForPendingAsync(backend);
            await backend.DeleteAsync();
        }
    }

    private static BlockBackend FindDisk(HostServices host, string id)
    {
        DeviceObject? device = host.Devices?.Find(id);
        return host.Layer.Graph.Backends.FirstOrDefault(b => b.Device is not null && ReferenceEquals(b.Device, device))
            ?? throw new QmpException("Device does not have a block device backend");
    }
}
