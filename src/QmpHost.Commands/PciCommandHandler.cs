using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/pci.json.</summary>
/// <param name="host">The host.</param>
public sealed class PciCommandHandler(HostServices host) : IPciCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PciInfo>> QueryPciAsync(CommandContext context) => ValueTask.FromResult(host.Devices?.QueryPci() ?? []);
}
