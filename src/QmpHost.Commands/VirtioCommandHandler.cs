using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/virtio.json: without a guest no driver has ever begun to work with a device.</summary>
/// <param name="host">The host.</param>
public sealed class VirtioCommandHandler(HostServices host) : IVirtioCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VirtioInfo>> XQueryVirtioAsync(CommandContext context)
    {
        IReadOnlyList<VirtioInfo> devices = [.. host.Devices?.ListVirtio().Select(static device => new VirtioInfo { Path = device.Path, Name = device.Class.Name.Replace("-device", string.Empty, StringComparison.Ordinal) }) ?? []];
        return devices.Count > 0 || !context.Profile.Has(Behaviour.VirtioListNeedsDevices)
            ? ValueTask.FromResult(devices)
            : throw new QmpException("No virtio devices found");
    }
}
