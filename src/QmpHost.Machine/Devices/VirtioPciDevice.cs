using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A virtio device on the PCI bus: the transport, with the device proper as its child "virtio-backend".</summary>
internal sealed class VirtioPciDevice : PciDevice
{
    private readonly VirtioDevice _backend;
    private readonly BusObject _bus;

    internal VirtioPciDevice(QomClass qomClass, VirtioDevice backend)
        : base(qomClass)
    {
        _backend = backend;
        _bus = new BusObject(BusClass.VirtioPci, "virtio-bus", this) { MaxDevices = 1 };
        AddChild("virtio-backend", backend);
        foreach (QomProperty property in backend.Properties.Where(p => !IsOfEveryDevice(p)).Reverse().ToArray())
        {
            AddProperty(QomProperties.Alias(property.Name, backend, property));
        }

        AddBus(_bus);
    }

    internal static QomClass VirtioPciClass { get; } = new("virtio-pci", BaseClass,
    [
        QdevProperty.Bit("migrate-extra", true),
        QdevProperty.Bit("ats", false),
        QdevProperty.Bool("x-ignore-backend-features", false),
        QdevProperty.Bit("x-pcie-pm-init", true),
        QdevProperty.Bit("aer", false),
        QdevProperty.Bit("x-pcie-flr-init", true),
        QdevProperty.Bit("x-pcie-lnkctl-init", true),
        QdevProperty.Bit("x-ats-page-aligned", true),
        QdevProperty.Bit("page-per-vq", false),
        QdevProperty.Bit("x-pcie-deverr-init", true),
        QdevProperty.Bit("virtio-pci-bus-master-bug-migration", false),
        QdevProperty.Bit("modern-pio-notify", false),
        QdevProperty.Bit("x-disable-pcie", false),
        QdevProperty.UInt32("vectors", uint.MaxValue),
        QdevProperty.Bit("ioeventfd", true),
    ], isAbstract: true);

    /// <summary>The properties of the concrete transports that the abstract one lacks.</summary>
    internal static IReadOnlyList<QomProperty> ConcreteProperties { get; } =
    [
        QdevProperty.OnOffAuto("disable-legacy"),
        QdevProperty.Bool("disable-modern", false),
    ];

    internal DeviceObject Backend => _backend;

    private protected override async ValueTask RealizeFunctionAsync()
    {
        if (_backend.ParentBus is null)
        {
            _backend.IsHotplugged = IsHotplugged;
            _backend.PlugInto(_bus);
        }

        await _backend.SetRealizedAsync(true);
        if (Number("vectors") == uint.MaxValue)
        {
            Store("vectors", _backend.Vectors);
        }

        if (Text("disable-legacy") == "auto")
        {
            // Behind a port the guest's firmware need not find the device without modern drivers.
            bool behindPort = ParentBus!.Owner is PcieRootPort;
            Store("disable-legacy", new QString(behindPort ? "on" : "off"));
        }
    }

    private protected override async ValueTask UnrealizeAsync()
    {
        await _backend.SetRealizedAsync(false);
        await base.UnrealizeAsync();
    }

    private protected override async ValueTask DiscardAsync()
    {
        if (_backend.Parent == this)
        {
            // Properties may have given the device proper a drive before anything plugged it in.
            await _backend.DismantleAsync(static (_, _) => { });
        }
    }

    private static bool IsOfEveryDevice(QomProperty property) => DeviceClass.Device.Find(property.Name) is not null;
}
