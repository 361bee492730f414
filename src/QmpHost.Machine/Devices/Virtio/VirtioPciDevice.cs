using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A virtio device on the PCI bus: the transport, with the device proper as its child "virtio-backend".</summary>
internal sealed class VirtioPciDevice : TableDevice
{
    private const string BackendName = "virtio-backend";
    private const long MaxVectors = 2048;

    private readonly VirtioDevice _backend;
    private bool _isInitialised;

    internal VirtioPciDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
        string? inside = type.ObjectProperties.FirstOrDefault(static part => part.Name == BackendName).Type?["child<".Length..^1]
            ?? type.Parts.FirstOrDefault(static part => part.Path == BackendName)?.Type;
        if (inside is null)
        {
            throw new QmpException($"'{type.Name}' is not a valid device model name");
        }

        _backend = (VirtioDevice)DeviceFactory.Make(DeviceTypes.Get(inside), context);
    }

    internal DeviceObject Backend => _backend;

    internal override string? ReasonToStay => _backend.ReasonToStay;

    // The properties of the device inside are the transport's, too.
    private protected override bool TryInitialise(string name, string type, QomProperty property)
    {
        if (!_isInitialised)
        {
            _isInitialised = true;
            AddChild(BackendName, _backend);
            foreach (QomProperty inner in _backend.Properties.Where(static p => DeviceClass.Device.Find(p.Name) is null).Reverse().ToArray())
            {
                if (Class.Find(inner.Name) is null)
                {
                    AddProperty(QomProperties.Alias(inner.Name, _backend, inner));
                }
            }
        }

        return FindProperty(name) is not null;
    }

    private protected override BusObject MakeBus(string name, string type)
        => type == "virtio-pci-bus" ? VirtioBus(name) : base.MakeBus(name, type);

    private protected override async ValueTask RealizeFunctionAsync()
    {
        BusObject bus = Buses.FirstOrDefault() ?? VirtioBus("virtio-bus");
        if (bus.Parent is null)
        {
            AddBus(bus);
        }

        if (_backend.ParentBus is null)
        {
            _backend.IsHotplugged = IsHotplugged;
            _backend.PlugInto(bus);
        }

        ChooseModes();
        await _backend.SetRealizedAsync(true);
        if (Number("vectors") == uint.MaxValue && _backend.Vectors is { } vectors)
        {
            Store("vectors", vectors);
        }
        else if (Number("vectors") > MaxVectors)
        {
            // More than the bus can tell of are as good as none.
            Store("vectors", 0);
        }
    }

    private void ChooseModes()
    {
        if (FindProperty("disable-legacy") is not null && Text("disable-legacy") == "auto")
        {
            // Behind a port the guest's firmware need not find the device without modern drivers.
            bool behindPort = ParentBus!.Owner is TableDevice { Type: var port } && port.IsA("pcie-port");
            Store("disable-legacy", new QString(behindPort ? "on" : "off"));
        }

        bool isModern = !Flag("disable-modern"), isLegacy = FindProperty("disable-legacy") is not null && Text("disable-legacy") == "off";
        if (!isModern && !isLegacy && FindProperty("disable-legacy") is not null)
        {
            throw new QmpException("device cannot work as neither modern nor legacy mode is enabled")
            {
                Hint = "Set either disable-modern or disable-legacy to off",
            };
        }

        if (isModern && _backend.FindProperty("scsi") is not null && _backend.Flag("scsi"))
        {
            throw new QmpException("Please set scsi=off for virtio-blk devices in order to use virtio 1.0");
        }

        if (isLegacy && _backend.FindProperty("iommu_platform") is not null && _backend.Flag("iommu_platform"))
        {
            throw new QmpException("VIRTIO_F_IOMMU_PLATFORM was supported by neither legacy nor transitional device");
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

    private BusObject VirtioBus(string name) => BusMaker.Make(name, "virtio-pci-bus", this);
}
