using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>A device on a PCI bus. It goes when the guest lets it go: as there is none, with the next reset.</summary>
internal abstract class PciDevice : DeviceObject
{
    private protected PciDevice(QomClass qomClass)
        : base(qomClass)
    {
    }

    internal static QomClass BaseClass { get; } = new("pci-device", DeviceClass.Device,
    [
        QdevProperty.Str("failover_pair_id"),
        QdevProperty.Str("romfile"),
        PciAddress.Property,
        QdevProperty.UInt32("romsize", uint.MaxValue),
        QdevProperty.Bit("x-pcie-lnksta-dllla", true),
        QdevProperty.UInt32("rombar", 1),
        QdevProperty.Bit("x-pcie-extcap-init", true),
        QdevProperty.UInt32("acpi-index", 0),
        QdevProperty.Bit("multifunction", false),
        PciAddress.LegacyProperty,
    ], isAbstract: true);

    public override bool NeedsGuestToUnplug => true;

    private PciBus Bus => (PciBus)ParentBus!;

    private protected sealed override async ValueTask RealizeAsync()
    {
        int address = Bus.Occupy(this, (int)Number("addr"), Flag("multifunction"));
        try
        {
            await RealizeFunctionAsync();
        }
        catch
        {
            Bus.Free(address);
            throw;
        }

        Store("addr", address);
    }

    private protected override ValueTask UnrealizeAsync()
    {
        Bus.Free((int)Number("addr"));
        return default;
    }

    /// <summary>Realizes what the device is besides its place on the bus.</summary>
    private protected abstract ValueTask RealizeFunctionAsync();
}
