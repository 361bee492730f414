using System.Numerics;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Checks the options that every PCI device has: its option ROM, its number for the firmware, its partner.</summary>
internal static class PciOptions
{
    private const long MaxAcpiIndex = 16383;
    private const uint Automatic = uint.MaxValue;

    // Where distributions keep what QEMU's devices bring with them.
    private static readonly string[] DataFolders = ["/usr/share/qemu", "/usr/share/seabios", "/usr/lib/ipxe/qemu"];

    /// <summary>Checks a device before it works.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="QmpException">One of the options is wrong.</exception>
    internal static void CheckFirst(TableDevice device)
    {
        CheckRomSize(device);
        CheckAcpiIndex(device);
    }

    /// <summary>Checks a device that works otherwise.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="QmpException">One of the options is wrong.</exception>
    internal static void CheckLast(TableDevice device)
    {
        CheckPartner(device);
        CheckRom(device);
    }

    private static void CheckRomSize(TableDevice device)
    {
        long size = device.FindProperty("romsize") is null ? Automatic : device.Number("romsize");
        if (size != Automatic && !BitOperations.IsPow2(size))
        {
            throw new QmpException($"ROM size {size} is not a power of two");
        }
    }

    private static void CheckPartner(TableDevice device)
    {
        if (device.TryGetStored("failover_pair_id") is null)
        {
            return;
        }

        bool isExpress = device.ParentBus!.Class.IsA(BusClass.Of("PCIE"));
        throw new QmpException(isExpress ? "failover primary device is not an Ethernet device" : "failover primary device must be on PCIExpress bus");
    }

    private static void CheckRom(TableDevice device)
    {
        if (device.FindProperty("rombar") is not null && device.Number("rombar") == 0)
        {
            if (device.IsHotplugged && device.Text("romfile").Length > 0)
            {
                throw new QmpException("Hot-plugged device without ROM bar can't have an option ROM");
            }

            return;
        }

        if (device.TryGetStored("romfile") is not QString { Value: { Length: > 0 } name })
        {
            return;
        }

        string path = Find(name) ?? throw new QmpException($"failed to find romfile \"{name}\"");
        if (new FileInfo(path).Length == 0)
        {
            throw new QmpException($"romfile \"{name}\" is empty");
        }
    }

    private static string? Find(string name)
        => File.Exists(name) ? name : DataFolders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    // Two devices with one number would be one to the firmware.
    private static void CheckAcpiIndex(TableDevice device)
    {
        long index = device.FindProperty("acpi-index") is null ? 0 : device.Number("acpi-index");
        if (index > MaxAcpiIndex)
        {
            throw new QmpException($"acpi-index should be less or equal to {MaxAcpiIndex}");
        }

        if (index > 0 && device.Context.AcpiIndexes.TryGetValue(index, out TableDevice? other) && other is { IsRealized: true, Parent: not null })
        {
            throw new QmpException($"a PCI device with acpi-index = {index} already exist");
        }

        if (index > 0)
        {
            device.Context.AcpiIndexes[index] = device;
        }
    }
}
