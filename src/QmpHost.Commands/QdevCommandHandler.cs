using QmpHost.Commands.Hosting;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/qdev.json.</summary>
/// <param name="host">The host.</param>
public sealed class QdevCommandHandler(HostServices host) : IQdevCommands
{
    // Only the system emulator offers these commands, and it always has a machine.
    private MachineDevices Devices => host.Devices ?? throw new InvalidOperationException("The host has no machine.");

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectPropertyInfo>> DeviceListPropertiesAsync(DeviceListPropertiesArguments arguments, CommandContext context)
        => ValueTask.FromResult(TypeFacts.Of(context.Profile).ListDeviceProperties(arguments.Typename));

    /// <inheritdoc/>
    public ValueTask DeviceAddAsync(QDict arguments, CommandContext context)
        => Devices.AddAsync(arguments, hasTypes: context.Profile.Has(Behaviour.DevicesKeepTypes));

    /// <inheritdoc/>
    public ValueTask DeviceDelAsync(DeviceDelArguments arguments, CommandContext context) => Devices.RemoveAsync(arguments.Id);
}
