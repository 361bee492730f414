using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The kinds of buses.</summary>
internal static class BusClass
{
    private static readonly QomClass Bus = new("bus", QomClass.Object, isAbstract: true);

    internal static QomClass System { get; } = new("System", Bus);

    internal static QomClass Pci { get; } = new("PCI", Bus);

    internal static QomClass PciExpress { get; } = new("PCIE", Pci);

    internal static QomClass Scsi { get; } = new("SCSI", Bus);

    internal static QomClass Virtio { get; } = new("virtio-bus", Bus, isAbstract: true);

    internal static QomClass VirtioPci { get; } = new("virtio-pci-bus", Virtio);
}
