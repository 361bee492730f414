using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The board's own device that provides the first PCI bus.</summary>
internal sealed class HostBridge : DeviceObject
{
    internal HostBridge(QomClass qomClass, DeviceContext context)
        : base(qomClass, context)
    {
    }

    internal void Provide(PciBus bus) => AddBus(bus);

    private protected override ValueTask RealizeAsync() => default;
}
