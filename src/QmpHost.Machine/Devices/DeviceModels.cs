using System.Diagnostics.CodeAnalysis;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The kinds of devices that can be added.</summary>
internal static class DeviceModels
{
    private static readonly QomClass VirtioScsiPci =
        new("virtio-scsi-pci", VirtioPciDevice.VirtioPciClass, VirtioPciDevice.ConcreteProperties);

    private static readonly QomClass VirtioBlkPci =
        new("virtio-blk-pci", VirtioPciDevice.VirtioPciClass, [QdevProperty.UInt32("class", 0), .. VirtioPciDevice.ConcreteProperties]);

    private static readonly DeviceModel[] All =
    [
        new(VirtioScsiPci, BusClass.Pci, static c => new VirtioPciDevice(VirtioScsiPci, new VirtioScsiDevice(c))),
        new(VirtioBlkPci, BusClass.Pci, static c => new VirtioPciDevice(VirtioBlkPci, new VirtioBlkDevice(c))),
        new(VirtioScsiDevice.QomClass, BusClass.Virtio, static c => new VirtioScsiDevice(c)),
        new(VirtioBlkDevice.QomClass, BusClass.Virtio, static c => new VirtioBlkDevice(c)),
        new(ScsiDiskClasses.Hard, BusClass.Scsi, static c => new ScsiDisk(ScsiDiskClasses.Hard, c)),
        new(ScsiDiskClasses.Optical, BusClass.Scsi, static c => new ScsiDisk(ScsiDiskClasses.Optical, c)),
        new(PcieRootPort.QomClass, BusClass.Pci, static _ => new PcieRootPort()),
    ];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["virtio-scsi"] = "virtio-scsi-pci",
        ["virtio-blk"] = "virtio-blk-pci",
    };

    /// <summary>Finds a kind by its name or alias.</summary>
    internal static bool TryFind(string name, [NotNullWhen(true)] out DeviceModel? model)
    {
        string real = Aliases.GetValueOrDefault(name, name);
        model = Array.Find(All, m => m.Class.Name == real);
        return model is not null;
    }

    /// <summary>Whether a name is that of a class of devices of which there are only subclasses.</summary>
    internal static bool IsAbstract(string name)
    {
        foreach (DeviceModel model in All)
        {
            for (QomClass? c = model.Class.Parent; c is not null && c != QomClass.Object; c = c.Parent)
            {
                if (c.Name == name)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a device answers to a name in a bus path: its class's name or alias.</summary>
    internal static bool Answers(DeviceObject device, string name)
        => device.Class.Name == name || device.Class.Name == Aliases.GetValueOrDefault(name);
}
