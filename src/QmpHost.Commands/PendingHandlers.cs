using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;
#pragma warning disable
namespace QmpHost.Commands;
public sealed class BlockExportCommandHandler(HostServices host) : IBlockExportCommands {
    public ValueTask NbdServerStartAsync(NbdServerStartArguments a, CommandContext c) => throw new QmpException("x");
    public ValueTask NbdServerAddAsync(NbdServerAddOptions a, CommandContext c) => throw new QmpException("x");
    public ValueTask NbdServerRemoveAsync(NbdServerRemoveArguments a, CommandContext c) => throw new QmpException("x");
    public ValueTask NbdServerStopAsync(CommandContext c) => throw new QmpException("x");
    public ValueTask BlockExportAddAsync(BlockExportOptions a, CommandContext c) => throw new QmpException("x");
    public ValueTask BlockExportDelAsync(BlockExportDelArguments a, CommandContext c) => throw new QmpException("x");
    public ValueTask<IReadOnlyList<BlockExportInfo>> QueryBlockExportsAsync(CommandContext c) => throw new QmpException("x");
}
