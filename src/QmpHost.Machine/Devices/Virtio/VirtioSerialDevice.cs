using QmpHost.Machine.Devices.Types;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio serial controller: a device with a bus for ports.</summary>
internal sealed class VirtioSerialDevice : VirtioDevice
{
    private BusObject? _bus;

    internal VirtioSerialDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    private protected override async ValueTask RealizeFunctionAsync()
    {
        await base.RealizeFunctionAsync();
        if (_bus is null)
        {
            const string type = "virtio-serial-bus";
            _bus = BusMaker.Make(NameProxyBus(type), type, this);
            AddBus(_bus);
        }
    }
}
