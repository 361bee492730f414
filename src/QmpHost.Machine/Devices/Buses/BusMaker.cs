namespace QmpHost.Machine.Devices;

/// <summary>Makes the buses that devices provide.</summary>
internal static class BusMaker
{
    private const int IdeUnits = 2;

    // On these devices come and go while the machine runs; the bus itself sees to it.
    private static readonly string[] SeesToItself = ["SCSI", "usb-bus"];

    /// <summary>Makes a bus.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="owner">The device that provides it.</param>
    internal static BusObject Make(string name, string type, DeviceObject owner) => type switch
    {
        "PCI" or "PCIE" => new PciBus(BusClass.Of(type), name, owner) { IsHotpluggable = owner.FindProperty("hotplug") is null || owner.Flag("hotplug") },
        "SCSI" => ScsiBus.Make(name, owner),
        "IDE" => new IdeBus(name, owner) { MaxDevices = IdeUnits },
        "floppy-bus" => new UnitBus(BusClass.Of(type), name, owner, "floppy", "Floppy"),
        "virtio-pci-bus" => new BusObject(BusClass.Of(type), name, owner) { MaxDevices = 1 },
        _ => new BusObject(BusClass.Of(type), name, owner)
        {
            IsHotpluggable = SeesToItself.Contains(type) || type is "virtio-serial-bus" or "ccid-bus",
            HotplugHandler = type is "virtio-serial-bus" or "ccid-bus" ? owner : null,
            HandlesItself = SeesToItself.Contains(type),
        },
    };
}
