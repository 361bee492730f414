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
    public ValueTask<IReadOnlyList<ACPIOSTInfo>> QueryAcpiOspmStatusAsync(CommandContext context) => host.Processors.Count > 0 && host.Board != "isapc"
        ? ValueTask.FromResult(ListPlaces(context))
        : throw new QmpException("command is not supported, missing ACPI device");

    private IReadOnlyList<ACPIOSTInfo> ListPlaces(CommandContext context)
    {
        IEnumerable<ACPIOSTInfo> memory = (host.Devices?.MemorySlots ?? []).Select(static (id, slot) => Describe(ACPISlotType.Dimm, slot) with { Device = id });
        bool tellsProcessors = context.Profile.Has(Behaviour.AcpiTellsProcessors) && host.Board != "microvm";
        return [.. memory, .. Enumerable.Range(0, tellsProcessors ? host.Processors.ListPlaces().Count : 0).Select(static slot => Describe(ACPISlotType.Cpu, slot))];
    }

    private static ACPIOSTInfo Describe(ACPISlotType type, int slot) => new()
    {
        Slot = slot.ToString(CultureInfo.InvariantCulture),
        SlotType = type,
        Source = 0,
        Status = 0,
    };
}
