using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info block: show info of one block device or all block devices, or of nodes.</summary>
internal sealed class InfoBlockCommand : HmpCommand
{
    public override string Name => "info block";

    public override string Arguments => "[-n] [-v] [device]";

    public override string Description => "show info of one block device or all block devices (-n: show named nodes; -v: show details)";

    public override async ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool nodes = arguments.TakeFlag('n', later: "v");
        bool verbose = arguments.TakeFlag('v');
        string? name = arguments.TakeOptionalString("block device name");
        arguments.ExpectEnd();
        var text = new BlockInfoText(context.Reply, context.Host.Layer.Profile, verbose);
        bool found = !nodes && await TellDevicesAsync(context, text, name);
        if (!found && (nodes || name is not null))
        {
            await TellNodesAsync(context, text, name);
        }
    }

    private static async ValueTask<bool> TellDevicesAsync(HmpContext context, BlockInfoText text, string? name)
    {
        IReadOnlyList<BlockInfo> devices = await BlockInfoQuery.DescribeAllAsync(context.Host.Layer.Graph);
        bool found = false;
        for (int i = 0; i < devices.Count; i++)
        {
            if (name is null || devices[i].Device == name)
            {
                text.Part(isFirst: i == 0);
                text.TellDevice(devices[i]);
                found = true;
            }
        }

        return found;
    }

    private static async ValueTask TellNodesAsync(HmpContext context, BlockInfoText text, string? name)
    {
        IReadOnlyList<BlockDeviceInfo> nodes = await BlockDeviceInfoQuery.DescribeAllAsync(context.Host.Layer.Graph, flat: false);
        for (int i = 0; i < nodes.Count; i++)
        {
            if (name is null || nodes[i].NodeName == name)
            {
                text.Part(isFirst: i == 0);
                text.TellNode(nodes[i]);
            }
        }
    }
}
