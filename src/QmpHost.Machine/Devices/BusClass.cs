using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The kinds of buses.</summary>
internal static class BusClass
{
    internal static QomClass Bus { get; } = new("bus", QomClass.Object, isAbstract: true);

    /// <summary>The topmost bus, which is there on every board: even those of which nothing is recorded.</summary>
    internal static QomClass System { get; } = new("System", Bus);

    internal static QomClass Pci => Of("PCI");

    internal static QomClass PciExpress => Of("PCIE");

    internal static QomClass VirtioPci => Of("virtio-pci-bus");

    /// <summary>The class of a name.</summary>
    internal static QomClass Of(string name) => name == "System" ? System : DeviceTypes.Get(name).Class;
}
