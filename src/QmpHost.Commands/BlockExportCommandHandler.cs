using QmpHost.Block.Exports;
using QmpHost.Commands.Hosting;
using QmpHost.Nbd.Exports;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/block-export.json.</summary>
/// <param name="host">The host.</param>
public sealed class BlockExportCommandHandler(HostServices host) : IBlockExportCommands
{
    private readonly ExportManager _exports = host.Layer.Exports;

    /// <inheritdoc/>
    public ValueTask NbdServerStartAsync(NbdServerStartArguments arguments, CommandContext context)
    {
        host.Nbd.StartServer(
            arguments.Addr.Flatten(),
            arguments.TlsCreds,
            arguments.TlsAuthz,
            arguments.MaxConnections,
            arguments.HandshakeMaxSeconds,
            name => context.Session?.Descriptors.Take(name));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask NbdServerAddAsync(NbdServerAddOptions arguments, CommandContext context) => host.Nbd.AddToServerAsync(arguments);

    /// <inheritdoc/>
    public ValueTask NbdServerRemoveAsync(NbdServerRemoveArguments arguments, CommandContext context)
        => _exports.RemoveAsync(arguments.Name, arguments.Mode ?? BlockExportRemoveMode.Safe);

    /// <inheritdoc/>
    public ValueTask NbdServerStopAsync(CommandContext context) => host.Nbd.StopServerAsync();

    /// <inheritdoc/>
    public ValueTask BlockExportAddAsync(BlockExportOptions arguments, CommandContext context) => _exports.AddAsync(arguments);

    /// <inheritdoc/>
    public ValueTask BlockExportDelAsync(BlockExportDelArguments arguments, CommandContext context)
        => _exports.RemoveAsync(arguments.Id, arguments.Mode ?? BlockExportRemoveMode.Safe);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BlockExportInfo>> QueryBlockExportsAsync(CommandContext context) => ValueTask.FromResult(_exports.Query());
}
