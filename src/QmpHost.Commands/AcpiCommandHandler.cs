using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/acpi.json.</summary>
/// <param name="host">The host.</param>
public sealed class AcpiCommandHandler(HostServices host) : IAcpiCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ACPIOSTInfo>> QueryAcpiOspmStatusAsync(CommandContext context) => host.Processors.Count > 0
        ? ValueTask.FromResult<IReadOnlyList<ACPIOSTInfo>>([])
        : throw new QmpException("command is not supported, missing ACPI device");
}
