using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>info: prints the format of the disk and what belongs to it.</summary>
internal sealed class InfoCommand : QemuIoCommand
{
    public override string Name => "info";

    public override string ShortName => "i";

    public override string Description => "prints information about the current file";

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        BlockNode node = context.Backend.Node;
        BlockDriver driver = node.Driver;
        context.Print($"format name: {driver.Descriptor.Name}");
        if (driver.Descriptor.IsProtocol)
        {
            // Once more, as the protocol.
            context.Print($"format name: {driver.Descriptor.ProtocolName}");
        }

        if (!driver.ProvidesInfo)
        {
            return;
        }

        BlockDriverInfo info = await driver.GetInfoAsync();
        context.Print($"cluster size: {SizeText.Format(info.ClusterSize)}");
        context.Print($"vm state offset: {SizeText.Format(info.VmStateOffset)}");
        if (info.FormatSpecific?.ToObject(node.Graph.Context.Profile) is QDict specific)
        {
            context.Print("Format specific information:");
            FormatSpecificText.Append(context.Output.Monitor, specific["data"]);
        }
    }
}
