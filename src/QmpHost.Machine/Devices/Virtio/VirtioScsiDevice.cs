using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio SCSI controller: a device with a SCSI bus.</summary>
internal sealed class VirtioScsiDevice : VirtioDevice
{
    private const int FixedQueues = 2;
    private const int MaxQueues = MaxQueue - FixedQueues;

    private BusObject? _bus;

    internal VirtioScsiDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    // One vector for each queue and one for changes of the configuration.
    internal override long? Vectors => Number("num_queues") + FixedQueues + 1;

    private protected override ValueTask RealizeFunctionAsync()
    {
        if (Number("num_queues") == uint.MaxValue)
        {
            Store("num_queues", 1);
        }

        long queues = Number("num_queues"), size = Number("virtqueue_size");
        if (queues is 0 or >= MaxQueues)
        {
            throw new QmpException($"Invalid number of queues (= {queues}), must be a positive integer less than {MaxQueues}.");
        }

        if (size <= 2)
        {
            throw new QmpException($"invalid virtqueue_size property (= {size}), must be > 2");
        }

        if (size > MaxQueue)
        {
            throw new QmpException($"invalid virtqueue_size property (= {size}), must be <= {MaxQueue}");
        }

        if (_bus is null)
        {
            _bus = new ScsiBus(NameProxyBus("SCSI"), this) { IsHotpluggable = Flag("hotplug"), HotplugHandler = Flag("hotplug") ? this : null };
            AddBus(_bus);
        }

        return default;
    }
}
