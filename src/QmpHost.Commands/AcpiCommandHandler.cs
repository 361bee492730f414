using System.Globalization;
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
        ? ValueTask.FromResult<IReadOnlyList<ACPIOSTInfo>>([.. (host.Devices?.MemorySlots ?? []).Select(static (id, slot) => new ACPIOSTInfo
        {
            Device = id,
            Slot = slot.ToString(CultureInfo.InvariantCulture),
            SlotType = ACPISlotType.Dimm,
            Source = 0,
            Status = 0,
        })])
        : throw new QmpException("command is not supported, missing ACPI device");
}
