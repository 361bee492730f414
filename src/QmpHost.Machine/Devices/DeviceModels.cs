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
        new(VirtioScsiPci, BusClass.Pci, static c => new VirtioPciDevice(VirtioScsiPci, new VirtioScsiDevice(c))) { Alias = "virtio-scsi" },
        new(VirtioBlkPci, BusClass.Pci, static c => new VirtioPciDevice(VirtioBlkPci, new VirtioBlkDevice(c))) { Alias = "virtio-blk" },
        new(VirtioScsiDevice.QomClass, BusClass.Virtio, static c => new VirtioScsiDevice(c)),
        new(VirtioBlkDevice.QomClass, BusClass.Virtio, static c => new VirtioBlkDevice(c)),
        new(ScsiDiskClasses.Hard, BusClass.Scsi, static c => new ScsiDisk(ScsiDiskClasses.Hard, c)) { Description = "virtual SCSI disk" },
        new(ScsiDiskClasses.Optical, BusClass.Scsi, static c => new ScsiDisk(ScsiDiskClasses.Optical, c)) { Description = "virtual SCSI CD-ROM" },
        new(PcieRootPort.QomClass, BusClass.Pci, static _ => new PcieRootPort()) { IsBridge = true, Description = "PCI Express Root Port" },
    ];

    /// <summary>The kinds as the option "-device help" lists them, in groups, a line each.</summary>
    internal static IEnumerable<string> List()
    {
        IEnumerable<string> Group(string title, bool bridges) => All.Where(model => model.IsBridge == bridges)
            .OrderBy(model => model.Class.Name, StringComparer.Ordinal)
            .Select(Describe)
            .Prepend($"{title} devices:");

        return [.. Group("Controller/Bridge/Hub", true), string.Empty, .. Group("Storage", false)];
    }

    /// <summary>Finds a kind by its name or alias.</summary>
    internal static bool TryFind(string name, [NotNullWhen(true)] out DeviceModel? model)
    {
        model = Array.Find(All, m => m.Class.Name == name || m.Alias == name);
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
        => device.Class.Name == name || (TryFind(name, out DeviceModel? model) && model.Class == device.Class);

    private static string Describe(DeviceModel model)
    {
        string alias = model.Alias is { } other ? $", alias \"{other}\"" : string.Empty;
        string description = model.Description is { } text ? $", desc \"{text}\"" : string.Empty;
        return $"name \"{model.Class.Name}\", bus {model.BusClass.Name}{alias}{description}";
    }
}
