using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio SCSI controller: a device with a SCSI bus.</summary>
internal sealed class VirtioScsiDevice : VirtioDevice
{
    private const int FixedQueues = 2;
    private const int MaxQueues = MaxQueue - FixedQueues;

    private BusObject? _bus;

    internal VirtioScsiDevice(DeviceContext context)
        : base(QomClass, context)
    {
    }

    internal static QomClass QomClass { get; } = new("virtio-scsi-device", BaseClass,
    [
        QdevProperty.Bool("seg_max_adjust", true),
        QdevProperty.UInt32("max_sectors", 65535),
        IoThreadProperty,
        QdevProperty.Bit("param_change", true),
        QdevProperty.UInt32("cmd_per_lun", 128),
        QdevProperty.UInt32("num_queues", uint.MaxValue),
        QdevProperty.UInt32("virtqueue_size", 256),
        QdevProperty.Bit("hotplug", true),
    ]);

    // One vector for each queue and one for changes of the configuration.
    internal override long Vectors => Number("num_queues") + FixedQueues + 1;

    private protected override ValueTask RealizeAsync()
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
            string name = Proxy.Id is { } id ? id + ".0" : Context.NextScsiBusName();
            _bus = new ScsiBus(name, this) { IsHotpluggable = Flag("hotplug"), HotplugHandler = Flag("hotplug") ? this : null };
            AddBus(_bus);
        }

        return default;
    }
}
