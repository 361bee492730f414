using System.Globalization;
using System.Text;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Writes devices and nodes as "info block" shows them.</summary>
/// <param name="text">What is written to.</param>
/// <param name="release">The release that the host behaves like.</param>
/// <param name="verbose">Whether the images are described, too.</param>
internal sealed class BlockInfoText(StringBuilder text, VersionProfile release, bool verbose)
{
    /// <summary>Parts entries of a list: an empty line stands before each but the list's first, shown or not.</summary>
    /// <param name="isFirst">Whether the entry that comes next is the list's first.</param>
    public void Part(bool isFirst)
    {
        if (!isFirst)
        {
            text.Append('\n');
        }
    }

    /// <summary>Writes a device.</summary>
    /// <param name="device">The device.</param>
    public void TellDevice(BlockInfo device)
    {
        BlockDeviceInfo? medium = device.Inserted;
        text.Append(device.Device.Length > 0 ? device.Device : medium?.NodeName ?? device.Qdev);
        if (device.Device.Length > 0 && medium?.NodeName is { } node)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({node})");
        }

        TellTitle(medium);
        if (device.Qdev is { Length: > 0 } path)
        {
            TellLine("Attached to", path);
        }

        TellDrive(device);
        if (medium is not null)
        {
            TellMedium(medium);
        }
    }

    /// <summary>Writes a node.</summary>
    /// <param name="node">The node.</param>
    public void TellNode(BlockDeviceInfo node)
    {
        text.Append(node.NodeName);
        TellTitle(node);
        TellMedium(node);
    }

    private void TellTitle(BlockDeviceInfo? medium)
    {
        text.Append(": ");
        if (medium is null)
        {
            text.Append("[not inserted]\n");
            return;
        }

        string readOnly = medium.Ro ? ", read-only" : string.Empty;
        string encrypted = medium.Encrypted ? ", encrypted" : string.Empty;
        string inactive = medium.Active == false ? ", inactive" : string.Empty;
        text.Append(CultureInfo.InvariantCulture, $"{medium.File} ({medium.Drv}{readOnly}{encrypted}{inactive})\n");
    }

    private void TellDrive(BlockInfo device)
    {
        if (device.IoStatus is { } status and not BlockDeviceIoStatus.Ok)
        {
            TellLine("I/O status", status.ToWire());
        }

        if (device.Removable)
        {
            TellLine("Removable device", $"{(device.Locked ? string.Empty : "not ")}locked, tray {(device.TrayOpen == true ? "open" : "closed")}");
        }
    }

    private void TellMedium(BlockDeviceInfo medium)
    {
        string direct = medium.Cache.Direct ? ", direct" : string.Empty;
        string noFlush = medium.Cache.NoFlush ? ", ignore flushes" : string.Empty;
        TellLine("Cache mode", (medium.Cache.Writeback ? "writeback" : "writethrough") + direct + noFlush);
        if (medium.BackingFile is { } backing)
        {
            TellLine("Backing file", string.Create(CultureInfo.InvariantCulture, $"{backing} (chain depth: {medium.BackingFileDepth})"));
        }

        if (medium.DetectZeroes != BlockdevDetectZeroesOptions.Off)
        {
            TellLine("Detect zeroes", medium.DetectZeroes.ToWire());
        }

        if (medium is not { Bps: 0, BpsRd: 0, BpsWr: 0, Iops: 0, IopsRd: 0, IopsWr: 0 })
        {
            TellLimits(medium);
        }

        if (verbose)
        {
            text.Append("\nImages:\n");
            for (ImageInfo? image = medium.Image; image is not null; image = image.BackingImage)
            {
                ImageInfoText.Append(text, image, release);
            }
        }
    }

    private void TellLimits(BlockDeviceInfo l) => TellLine("I/O throttling", string.Create(
        CultureInfo.InvariantCulture,
        $"bps={l.Bps} bps_rd={l.BpsRd} bps_wr={l.BpsWr} bps_max={l.BpsMax ?? 0} bps_rd_max={l.BpsRdMax ?? 0} bps_wr_max={l.BpsWrMax ?? 0} iops={l.Iops} iops_rd={l.IopsRd} iops_wr={l.IopsWr} iops_max={l.IopsMax ?? 0} iops_rd_max={l.IopsRdMax ?? 0} iops_wr_max={l.IopsWrMax ?? 0} iops_size={l.IopsSize ?? 0} group={l.Group}"));

    private void TellLine(string title, string value) => text.Append(CultureInfo.InvariantCulture, $"    {title + ":",-18}{value}\n");
}
