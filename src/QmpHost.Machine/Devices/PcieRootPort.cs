using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>A PCI Express root port: the place on a q35 board where devices can come and go.</summary>
internal sealed class PcieRootPort : PciDevice
{
    private static readonly string[] Widths = ["1", "2", "4", "8", "12", "16", "32"];
    private static readonly string[] Speeds = ["2_5", "5", "8", "16"];

    private BusObject? _bus;

    internal PcieRootPort()
        : base(QomClass)
    {
    }

    internal static QomClass QomClass { get; } = new("pcie-root-port", BaseClass,
    [
        QdevProperty.UInt8("port", 0),
        QdevProperty.UInt16("aer_log_max", 8),
        QdevProperty.Bool("hotplug", true),
        QdevProperty.Bool("x-native-hotplug", true),
        QdevProperty.UInt16("slot", 0),
        QdevProperty.UInt8("chassis", 0),
        QdevProperty.Bit("power_controller_present", true),
        QdevProperty.Bool("disable-acs", false),
        QdevProperty.Size("mem-reserve", ulong.MaxValue),
        QdevProperty.Size("pref64-reserve", ulong.MaxValue),
        QdevProperty.UInt32("bus-reserve", uint.MaxValue),
        QdevProperty.Words("x-width", "PCIELinkWidth", "1/2/4/8/12/16/32", "32", Widths),
        QdevProperty.Bool("x-migrate-msix", true),
        QdevProperty.Size("io-reserve", ulong.MaxValue),
        QdevProperty.Words("x-speed", "PCIELinkSpeed", "2_5/5/8/16", "16", Speeds),
        QdevProperty.Size("pref32-reserve", ulong.MaxValue),
    ]);

    private protected override ValueTask RealizeFunctionAsync()
    {
        if (_bus is null)
        {
            _bus = new PciBus(BusClass.PciExpress, Id ?? "pcie.1", this) { IsHotpluggable = Flag("hotplug") };
            AddBus(_bus);
        }

        return default;
    }
}
