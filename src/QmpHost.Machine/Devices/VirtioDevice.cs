using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A virtio device proper: what is the same on every transport.</summary>
internal abstract class VirtioDevice : DeviceObject
{
    /// <summary>Most entries of a queue, and most queues.</summary>
    private protected const int MaxQueue = 1024;

    private IoThreadObject? _ioThread;

    private protected VirtioDevice(QomClass qomClass, DeviceContext context)
        : base(qomClass) => Context = context;

    internal static QomClass BaseClass { get; } = new("virtio-device", DeviceClass.Device,
    [
        QdevProperty.Bit("queue_reset", true),
        QdevProperty.Bool("use-disabled-flag", true),
        QdevProperty.Bit("packed", false),
        QdevProperty.Bit("iommu_platform", false),
        QdevProperty.Bit("event_idx", true),
        QdevProperty.Bool("x-disable-legacy-check", false),
        QdevProperty.Bit("notify_on_empty", true),
        QdevProperty.Bit("any_layout", true),
        QdevProperty.Bool("use-started", true),
        QdevProperty.Bit("indirect_desc", true),
    ], isAbstract: true);

    internal static QomProperty IoThreadProperty { get; } = QomProperties.Link(
        "iothread",
        "iothread",
        static o => ((VirtioDevice)o)._ioThread,
        static (o, reader) =>
        {
            var device = (VirtioDevice)o;
            string path = reader.ReadString();
            IoThreadObject? target = path.Length == 0 ? null : device.Context.Tree.Get(path) as IoThreadObject
                ?? throw new QmpException("Invalid parameter type for 'iothread', expected: iothread");
            if (device.IsRealized)
            {
                throw new QmpException(
                    $"Attempt to set link property 'iothread' on device '{device.Id ?? "(null)"}' (type '{device.Class.Name}') after it was realized");
            }

            device._ioThread = target;
            return default;
        });

    /// <summary>Interrupt vectors that the device uses on a transport that has them.</summary>
    internal abstract long Vectors { get; }

    private protected DeviceContext Context { get; }

    /// <summary>The transport's device, which has the id.</summary>
    private protected DeviceObject Proxy => ParentBus!.Owner!;
}
