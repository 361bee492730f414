using System.Globalization;
using System.Text;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Writes PCI buses as "info pci" shows them.</summary>
internal static class PciText
{
    /// <summary>Appends buses.</summary>
    /// <param name="text">What is written to.</param>
    /// <param name="buses">The buses.</param>
    public static void Append(StringBuilder text, IReadOnlyList<PciInfo> buses)
    {
        if (buses.Count == 0)
        {
            text.Append("PCI devices not supported\n");
        }

        foreach (PciDeviceInfo device in buses.SelectMany(static bus => bus.Devices))
        {
            Append(text, device);
        }
    }

    private static void Append(StringBuilder text, PciDeviceInfo device)
    {
        text.Append(CultureInfo.InvariantCulture, $"  Bus {device.Bus,2}, device {device.Slot,3}, function {device.Function}:\n");
        string title = device.ClassInfo.Desc ?? string.Create(CultureInfo.InvariantCulture, $"Class {device.ClassInfo.Class:d4}");
        text.Append(CultureInfo.InvariantCulture, $"    {title}: PCI device {device.Id.Vendor:x4}:{device.Id.Device:x4}\n");
        if (device.Id.SubsystemVendor is { } vendor && device.Id.Subsystem is { } subsystem)
        {
            text.Append(CultureInfo.InvariantCulture, $"      PCI subsystem {vendor:x4}:{subsystem:x4}\n");
        }

        if (device.Irq is { } line)
        {
            text.Append(CultureInfo.InvariantCulture, $"      IRQ {line}, pin {(char)('A' + device.IrqPin - 1)}\n");
        }

        if (device.PciBridge is { } bridge)
        {
            Append(text, bridge.Bus);
        }

        foreach (PciMemoryRegion region in device.Regions)
        {
            Append(text, region);
        }

        text.Append(CultureInfo.InvariantCulture, $"      id \"{device.QdevId}\"\n");
        foreach (PciDeviceInfo behind in device.PciBridge?.Devices ?? [])
        {
            Append(text, behind);
        }
    }

    private static void Append(StringBuilder text, PciBusInfo bus)
    {
        text.Append(CultureInfo.InvariantCulture, $"      BUS {bus.Number}.\n      secondary bus {bus.Secondary}.\n      subordinate bus {bus.Subordinate}.\n");
        text.Append(CultureInfo.InvariantCulture, $"      IO range [0x{bus.IoRange.Base:x4}, 0x{bus.IoRange.Limit:x4}]\n");
        text.Append(CultureInfo.InvariantCulture, $"      memory range [0x{bus.MemoryRange.Base:x8}, 0x{bus.MemoryRange.Limit:x8}]\n");
        text.Append(CultureInfo.InvariantCulture, $"      prefetchable memory range [0x{bus.PrefetchableRange.Base:x8}, 0x{bus.PrefetchableRange.Limit:x8}]\n");
    }

    // The last address of a region without a place yet wraps around, as in QEMU.
    private static void Append(StringBuilder text, PciMemoryRegion region)
    {
        long last = unchecked(region.Address + region.Size - 1);
        text.Append(CultureInfo.InvariantCulture, $"      BAR{region.Bar}: ");
        if (region.Type == "io")
        {
            text.Append(CultureInfo.InvariantCulture, $"I/O at 0x{region.Address:x4} [0x{last:x4}].\n");
            return;
        }

        string width = region.MemType64 == true ? "64" : "32";
        string kind = region.Prefetch == true ? " prefetchable" : string.Empty;
        text.Append(CultureInfo.InvariantCulture, $"{width} bit{kind} memory at 0x{region.Address:x8} [0x{last:x8}].\n");
    }
}
